import { fdatasyncSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifyAudit } from '../../../src/store/audit-chain.ts';
import { openSyncing } from '../../../src/store/open-pglite.ts';
import { type OpenStore, openStore } from '../../../src/store/store.ts';
import { needsRecovery } from '../../../src/store/sync-file-system.ts';
import { startChild } from '../../support/child.ts';
import { jobOfKilledWorkerIsDone } from '../../support/killed-worker.ts';
import { QUIET, until } from '../../support/rows.ts';

const KILLS = 5;
const INSERTS = 50;

describe('the embedded database on a disk', () => {
  let directory = '';
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'cordon-store-'));
    await (await openStore({ kind: 'embedded', directory }, QUIET)).close();
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it(`loses nothing that was confirmed and tears no transaction, over ${KILLS} kills under load`, {
    timeout: 180_000,
  }, async () => {
    let acked = 0;
    for (let kill = 0; kill < KILLS; kill += 1) {
      const child = startChild('write-rows.ts', [directory, String(kill * 100_000)]);
      await child.line('open', 30_000);
      const enough = 20 + kill * 7;
      await until(() => child.lines.filter((line) => line.startsWith('ack')).length >= enough);
      await child.end('SIGKILL');
      const numbers = child.lines.filter((line) => line.startsWith('ack')).map((line) => Number(line.slice(4)));
      acked += numbers.length;

      const store = await openStore({ kind: 'embedded', directory }, QUIET);
      const { rows } = await store.pool.query('SELECT key FROM cordon.finding');
      const keys = new Set(rows.map(({ key }) => String(key)));
      expect(numbers.filter((n) => !keys.has(`a:${n}`))).toEqual([]);
      expect(
        [...keys].filter((key) => !keys.has(key.startsWith('a:') ? key.replace('a:', 'b:') : key.replace('b:', 'a:'))),
      ).toEqual([]);
      expect((await store.read.audit.head()).seq).toBe(keys.size / 2);
      expect(await verifyAudit(store.read.audit)).toMatchObject({ ok: true });
      expect(await store.read.outbox.unsentCount()).toBe(keys.size / 2);
      await store.close();
    }
    expect(acked).toBeGreaterThanOrEqual(KILLS * 20);
  });

  it('is refused to a second process, by name', async () => {
    const child = startChild('write-rows.ts', [directory, '9000000']);
    await child.line('ack', 30_000);
    await expect(openStore({ kind: 'embedded', directory }, QUIET)).rejects.toMatchObject({
      code: 'data_dir_locked',
      hint: expect.stringContaining(`${child.pid}`),
    });
    await child.end('SIGKILL');
  });

  it('has a job of a killed process done by the next', { timeout: 120_000 }, async () => {
    let store: OpenStore | undefined;
    await jobOfKilledWorkerIsDone(['embedded', directory], async () => {
      store = await openStore({ kind: 'embedded', directory }, QUIET);
      return { kind: 'sql', pool: store.pool };
    });
    await store?.close();
  });

  it('syncs to the disk at every commit, also after a kill, and does not sync a thousand files to open again', async () => {
    const syncs = async (inserts: number): Promise<{ readonly opening: number; readonly working: number }> => {
      let count = 0;
      const db = await openSyncing(join(directory, 'database'), (descriptor) => {
        count += 1;
        fdatasyncSync(descriptor);
      });
      const opening = count;
      await db.exec('CREATE TABLE IF NOT EXISTS public.synced (id int)');
      const before = count;
      for (let i = 0; i < inserts; i += 1) await db.query('INSERT INTO public.synced VALUES ($1)', [i]);
      const working = count - before;
      await db.close();
      return { opening, working };
    };
    const child = startChild('write-rows.ts', [directory, '8000000']);
    await child.line('ack', 30_000);
    await child.end('SIGKILL');
    expect(needsRecovery(join(directory, 'database'))).toBe(true);
    const killed = await syncs(INSERTS);
    expect(killed.working).toBeGreaterThanOrEqual(INSERTS);
    expect(killed.opening).toBeGreaterThan(0);
    expect(killed.opening).toBeLessThan(500);
    expect(needsRecovery(join(directory, 'database'))).toBe(false);
    expect((await syncs(INSERTS)).working).toBeGreaterThanOrEqual(INSERTS);
  });
});
