import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SYSTEM } from '../../../src/domain/audit.ts';
import { CHAIN_START, verifyAudit } from '../../../src/store/audit-chain.ts';
import { type OpenStore, openStore } from '../../../src/store/store.ts';
import { present, QUIET } from '../../support/rows.ts';

const ROWS = 120;
const PAGE = 50;

/** Somebody with the database in hand, who has switched the guards off. */
describe('a chain that was tampered with', () => {
  let store: OpenStore | undefined;
  const open = (): OpenStore => present(store);

  /** Does `statements` past the triggers, verifies, and takes it all back. */
  const tampered = async (...statements: readonly string[]) => {
    const client = await open().pool.connect();
    try {
      await client.query('BEGIN');
      await client.query('SET LOCAL session_replication_role = replica');
      for (const text of statements) await client.query(text);
      const read = async (from: number, limit: number) => {
        const { rows } = await client.query('SELECT * FROM cordon.audit WHERE seq > $1 ORDER BY seq LIMIT $2', [
          from,
          limit,
        ]);
        return rows.map(toRow);
      };
      const head = async () => {
        const { rows } = await client.query('SELECT seq, hash FROM cordon.audit_head');
        return { seq: Number(rows[0]?.['seq']), hash: String(rows[0]?.['hash']) };
      };
      return await verifyAudit({ read, head, anchor: async () => CHAIN_START }, {}, PAGE);
    } finally {
      await client.query('ROLLBACK');
      client.release();
    }
  };
  const toRow = (row: Readonly<Record<string, unknown>>) => ({
    seq: Number(row['seq']),
    at: row['at'] instanceof Date ? row['at'].toISOString() : '',
    event: 'system.started' as const,
    actor: { kind: 'system' as const, id: String(row['actor_id']) },
    subject: String(row['subject']),
    details: row['details'] as { readonly i: number },
    prevHash: String(row['prev_hash']),
    hash: String(row['hash']),
  });

  beforeAll(async () => {
    store = await openStore({ kind: 'memory' }, QUIET);
    await store.tx(async (tx) => {
      for (let i = 1; i <= ROWS; i += 1)
        await tx.audit.append({ event: 'system.started', actor: SYSTEM, subject: `run:${i}`, details: { i } });
    });
  });
  afterAll(() => store?.close());

  it('is whole before', async () => {
    expect(await verifyAudit(open().read.audit, {}, PAGE)).toMatchObject({ ok: true, head: { seq: ROWS } });
    expect(await tampered()).toMatchObject({ ok: true, head: { seq: ROWS } });
  });

  it.each([
    ['actor', `UPDATE cordon.audit SET actor_id = 'U0MALLORY' WHERE seq = 7`],
    ['subject', `UPDATE cordon.audit SET subject = 'run:8' WHERE seq = 7`],
    ['details', `UPDATE cordon.audit SET details = '{"i":8}' WHERE seq = 7`],
    ['time', `UPDATE cordon.audit SET at = at - interval '1 second' WHERE seq = 7`],
    ['hash', `UPDATE cordon.audit SET hash = repeat('a', 64) WHERE seq = 7`],
  ])('shows an edited %s', async (_, text) => {
    expect(await tampered(text)).toMatchObject({ ok: false, seq: 7 });
  });

  it('shows a row taken out, at the front, in the middle and on the second page', async () => {
    for (const seq of [1, 25, 51, 115])
      expect(await tampered(`DELETE FROM cordon.audit WHERE seq = ${seq}`)).toMatchObject({ ok: false, seq });
  });

  it('shows a row taken out with the later ones moved up', async () => {
    const verdict = await tampered(
      'DELETE FROM cordon.audit WHERE seq = 40',
      'UPDATE cordon.audit SET seq = seq + 100000 WHERE seq > 40',
      'UPDATE cordon.audit SET seq = seq - 100001 WHERE seq > 100000',
    );
    expect(verdict).toMatchObject({ ok: false, seq: 40 });
  });

  it('shows two rows that changed places', async () => {
    const verdict = await tampered(
      'UPDATE cordon.audit SET seq = 100000 WHERE seq = 20',
      'UPDATE cordon.audit SET seq = 20 WHERE seq = 21',
      'UPDATE cordon.audit SET seq = 21 WHERE seq = 100000',
    );
    expect(verdict).toMatchObject({ ok: false, seq: 20 });
  });

  it('shows a row put in between', async () => {
    const verdict = await tampered(
      'ALTER TABLE cordon.audit DROP CONSTRAINT audit_prev_hash_key',
      'UPDATE cordon.audit SET seq = seq + 100001 WHERE seq > 30',
      'UPDATE cordon.audit SET seq = seq - 100000 WHERE seq > 100000',
      `INSERT INTO cordon.audit SELECT 31, at, event, actor_kind, actor_id, subject, details, hash, repeat('b', 64) FROM cordon.audit WHERE seq = 30`,
    );
    expect(verdict).toMatchObject({ ok: false, seq: 31 });
  });

  it('shows an end that was cut off or added to', async () => {
    expect(await tampered('DELETE FROM cordon.audit WHERE seq > 100')).toMatchObject({ ok: false, seq: 101 });
    const forged = `INSERT INTO cordon.audit SELECT ${ROWS + 1}, at, event, actor_kind, actor_id, subject, details, hash, repeat('c', 64) FROM cordon.audit WHERE seq = ${ROWS}`;
    expect(await tampered(forged)).toMatchObject({ ok: false, seq: ROWS + 1 });
  });

  it('shows an end that does not fit its row', async () => {
    expect(await tampered(`UPDATE cordon.audit_head SET hash = repeat('d', 64)`)).toMatchObject({
      ok: false,
      seq: ROWS,
    });
  });
});
