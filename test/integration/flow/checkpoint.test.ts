import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkpointFile } from '../../../src/checkpoint-file.ts';
import { SYSTEM } from '../../../src/domain/audit.ts';
import type { Checkpoint } from '../../../src/domain/checkpoint.ts';
import { sha256 } from '../../../src/domain/json.ts';
import { checkpointAudit } from '../../../src/flow/checkpoint.ts';
import type { CheckpointPlace } from '../../../src/ports.ts';
import { verifyAudit } from '../../../src/store/audit-chain.ts';
import { flowWorld, testSettings, type World } from '../../support/flow-world.ts';
import { memoryStore, type TestStore } from '../../support/memory-store.ts';
import { caller } from '../cli/caller.ts';

let store: TestStore;
let world: World;
let folder: string;

beforeEach(async () => {
  store = await memoryStore();
  world = flowWorld(store);
  folder = await mkdtemp(join(tmpdir(), 'cordon-checkpoints-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function write(rows: number): Promise<void> {
  for (let row = 0; row < rows; row += 1)
    await store.tx((tx) => tx.audit.append({ event: 'system.started', actor: SYSTEM, subject: 'system', details: {} }));
}

function settle(
  audit: NonNullable<Parameters<typeof testSettings>[0]> extends (file: infer F) => void
    ? F extends { audit?: infer A }
      ? A
      : never
    : never,
): void {
  world.settings = testSettings((file) => {
    file.audit = audit;
  });
}

/** A place that can be made to fail. */
function memory(): CheckpointPlace & { readonly kept: Checkpoint[]; failing: boolean } {
  const place = {
    name: 'file',
    kept: [] as Checkpoint[],
    failing: false,
    async put(checkpoint: Checkpoint) {
      if (place.failing) throw new Error('the disk is full');
      place.kept.push(checkpoint);
    },
    list: async () => place.kept,
    since: async (seq: number) => place.kept.filter((one) => one.seq >= seq),
  };
  return place;
}

/** The chain made to end earlier, head and all, past the triggers. */
async function cutTail(seq: number): Promise<void> {
  await store.sql('delete from cordon.audit where seq > $1', [seq]);
  await store.sql('update cordon.audit_head set seq = $1, hash = (select hash from cordon.audit where seq = $1)', [
    seq,
  ]);
}

describe('checkpoints of the audit chain', () => {
  it('are signed after so many rows or minutes, whichever comes first, and never twice for one end', async () => {
    settle({ checkpoints: { everyMinutes: 5, everyRows: 10 } });
    await write(1);
    await checkpointAudit(world.deps);
    await write(9);
    await checkpointAudit(world.deps);
    expect((await store.read.checkpoints.list()).map((one) => one.seq)).toEqual([1]);
    await write(1);
    await checkpointAudit(world.deps);
    await checkpointAudit(world.deps);
    expect((await store.read.checkpoints.list()).map((one) => one.seq)).toEqual([1, 11]);
  });

  it('reach a place that failed, in order and each once, when it works again', async () => {
    const place = memory();
    world.places = [place];
    settle({ checkpoints: { everyRows: 1 } });
    place.failing = true;
    for (let round = 0; round < 3; round += 1) {
      await write(1);
      await checkpointAudit(world.deps);
    }
    expect(place.kept).toEqual([]);
    place.failing = false;
    await checkpointAudit(world.deps);
    await checkpointAudit(world.deps);
    expect(place.kept.map((one) => one.seq)).toEqual([1, 2, 3]);
  });

  it('and rows that cannot be archived are told of when that begins, changes and ends, counted each time, and hold up nothing', async () => {
    const said: string[] = [];
    const counted: string[] = [];
    const deps = {
      ...world.deps,
      log: {
        ...world.deps.log,
        warn: (_: object, text: string) => said.push(text),
        info: (_: object, text: string) => said.push(text),
      },
      meter: { count: (what: string, labels: object) => counted.push(`${what} ${JSON.stringify(labels)}`) },
    };
    const place = memory();
    world.places = [place];
    place.failing = true;
    const blocked = join(folder, 'blocked');
    await writeFile(blocked, 'a file where a directory should be');
    settle({ checkpoints: { everyRows: 1 }, retainDays: 30, archive: blocked });
    await write(3);
    for (let round = 0; round < 5; round += 1) {
      await checkpointAudit(deps);
      await store.sql(`update cordon.checkpoint set made_at = now() - interval '31 days'`);
    }
    expect(said).toEqual([
      'Cordon cannot put checkpoints outside the database; it is tried again',
      'Cordon cannot archive old audit rows; it is tried again',
    ]);
    expect(counted.filter((one) => one === 'auditKeepingFailures {"part":"file"}')).toHaveLength(5);
    expect(counted.filter((one) => one === 'auditKeepingFailures {"part":"archive"}')).toHaveLength(4);
    place.failing = false;
    await rm(blocked);
    await checkpointAudit(deps);
    expect(said.slice(2)).toEqual([
      'Cordon can put checkpoints outside the database again',
      'old audit rows were archived and removed',
      'Cordon can archive old audit rows again',
    ]);
  });

  it('show a chain that was cut together with its recorded end', async () => {
    world.places = [checkpointFile(join(folder, 'kept.jsonl'))];
    settle({ checkpoints: { everyRows: 1 } });
    await write(5);
    await checkpointAudit(world.deps);
    await store.sql('delete from cordon.checkpoint');
    await cutTail(3);
    expect(await verifyAudit(store.read.audit)).toMatchObject({ ok: true });
    const said = await caller(world.deps)('audit', 'verify');
    expect(said.code).toBe(1);
    expect(said.err).toContain('the chain ends at row 3, but the checkpoint of');
  });

  it('are told to be missing where there are none outside', async () => {
    await write(2);
    const said = await caller(world.deps)('audit', 'verify');
    expect(said.code).toBe(0);
    expect(said.out).toContain('Without checkpoints outside the database it cannot be seen');
    expect(JSON.parse((await caller(world.deps)('audit', 'verify', '--json')).out)).toMatchObject({
      ok: true,
      notDetectable: expect.stringContaining('written anew'),
    });
  });

  it('go to a channel as a message that is posted once', async () => {
    settle({ checkpoints: { everyRows: 1, channel: 'C0AUDIT' } });
    await write(1);
    await checkpointAudit(world.deps);
    await checkpointAudit(world.deps);
    expect(await store.read.messages.get('checkpoint:1')).toMatchObject({ kind: 'checkpoint', desiredRev: 1 });
  });
});

describe('retention of audit rows', () => {
  const keep = async () => {
    settle({ checkpoints: { everyRows: 1 }, retainDays: 30, archive: folder });
    await write(5);
    await checkpointAudit(world.deps);
    await store.sql(`update cordon.checkpoint set made_at = now() - interval '31 days'`);
    await write(3);
    await checkpointAudit(world.deps);
  };

  it('archives up to a checkpoint, removes, says so in the chain, and the rest still verifies', async () => {
    await keep();
    expect(await store.read.audit.anchor()).toMatchObject({ seq: 5 });
    const rows = await store.read.audit.read(0, 100);
    expect(rows.map((row) => row.seq)).toEqual([6, 7, 8, 9]);
    expect(rows.at(-1)).toMatchObject({
      event: 'audit.cut',
      details: { through: 5, rows: 5, file: 'audit-1-5.jsonl' },
    });
    expect(await caller(world.deps)('audit', 'verify')).toMatchObject({ code: 0 });
  });

  it('keeps the archive and an export of the rest as one chain that can be checked without the product', async () => {
    await keep();
    const call = caller(world.deps);
    await call('audit', 'export', '--dir', folder);
    const cps = join(folder, 'checkpoints.jsonl');
    await call('audit', 'checkpoints', '--out', cps);
    const { key } = JSON.parse((await call('audit', 'key', '--json')).out);
    const files = [join(folder, 'audit-1-5.jsonl'), join(folder, 'audit-6-9.jsonl')];
    const whole = await call('verify-export', ...files, '--checkpoints', cps, '--key', key);
    expect(whole).toMatchObject({ code: 0 });
    expect(whole.out).toContain('rows 1 to 9, unbroken');
    const swapped = await call('verify-export', ...files.toReversed());
    expect(swapped).toMatchObject({ code: 1 });
    expect((await readFile(files[0] ?? '', 'utf8')).trim().split('\n')).toHaveLength(5);
  });

  it('is written whole by each of two processes that are at it at once', async () => {
    await write(40);
    const at = { after: 0, through: 40 };
    const both = await Promise.all([1, 2].map(() => world.deps.auditKeeping.archive(folder, at)));
    const text = await readFile(join(folder, 'audit-1-40.jsonl'), 'utf8');
    expect(text.trim().split('\n')).toHaveLength(40);
    expect(both.map((one) => one.sha256)).toEqual([sha256(text), sha256(text)]);
    expect((await readdir(folder)).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  it('cannot be done by hand: rows that no checkpoint and no anchor cover stay', async () => {
    await write(3);
    await expect(store.pool.query('DELETE FROM cordon.audit WHERE seq = 1')).rejects.toThrow(
      'never changed or removed',
    );
    await expect(store.pool.query(`UPDATE cordon.audit_anchor SET seq = 2, hash = 'x'`)).rejects.toThrow(
      'only be cut at a checkpoint',
    );
  });
});
