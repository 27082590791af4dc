import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AuditRow, SYSTEM } from '../../../src/domain/audit.ts';
import { type Checkpoint, checkpointSigner, isSignedBy } from '../../../src/domain/checkpoint.ts';
import { CHAIN_START, nextRow, type Verdict, verifyPages } from '../../../src/store/audit-chain.ts';
import { type OpenStore, openStore } from '../../../src/store/store.ts';
import { present, QUIET } from '../../support/rows.ts';

const ROWS = 200;
const MUTATIONS = 1_000;
const signer = checkpointSigner('a secret of the tests, long enough to be one');
let rows: readonly AuditRow[] = [];
let checkpoints: readonly Checkpoint[] = [];
let store: OpenStore | undefined;

beforeAll(async () => {
  store = await openStore({ kind: 'memory' }, QUIET);
  for (let i = 1; i <= ROWS; i += 1)
    await store.tx((tx) =>
      tx.audit.append({
        event: i % 3 === 0 ? 'finding.updated' : 'incident.updated',
        actor: i % 2 === 0 ? SYSTEM : { kind: 'slack', id: `U0PERSON${i % 7}` },
        subject: `incident:INC-2026-${i}`,
        details: { severity: 'high', raised: i % 5 === 0, number: i },
      }),
    );
  rows = await store.read.audit.read(0, ROWS);
  checkpoints = [60, 120, ROWS].map((seq) => {
    const row = present(rows[seq - 1]);
    return signer.sign(row, row.at);
  });
});
afterAll(() => store?.close());

function verify(changed: readonly AuditRow[], kept: readonly Checkpoint[]): Promise<Verdict> {
  return verifyPages([changed], { checkpoints: kept, key: signer.publicKey });
}

/** The whole chain written anew from a row on, with hashes that fit: what somebody can do who knows how. */
function rewritten(changed: readonly AuditRow[]): readonly AuditRow[] {
  let head = CHAIN_START;
  return changed.map((row) => {
    const { event, actor, subject, details, at } = row;
    const next = nextRow(head, { event, actor, subject, details }, at);
    head = next;
    return next;
  });
}

type Draw = (below: number) => number;

/** Deterministic, so that a failure can be looked at again. */
function draws(seed: number): Draw {
  let state = seed + 1;
  return (below) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
}

const edited = (at: number, change: (row: AuditRow) => AuditRow) =>
  rows.map((row, index) => (index === at ? change(row) : row));
const digit = (text: string, draw: Draw): string => {
  const at = draw(text.length);
  const other = text[at] === '0' ? '1' : '0';
  return `${text.slice(0, at)}${other}${text.slice(at + 1)}`;
};

/** Every way to change an export, by name. */
const MUTATION: Readonly<Record<string, (draw: Draw) => readonly AuditRow[]>> = {
  'the event': (draw) => edited(draw(ROWS), (row) => ({ ...row, event: 'access.refused' })),
  'the actor': (draw) => edited(draw(ROWS), (row) => ({ ...row, actor: { kind: 'slack', id: 'U0MALLORY' } })),
  'the subject': (draw) => edited(draw(ROWS), (row) => ({ ...row, subject: `${row.subject}0` })),
  'a detail': (draw) => edited(draw(ROWS), (row) => ({ ...row, details: { ...row.details, number: -1 } })),
  'a detail that is added': (draw) =>
    edited(draw(ROWS), (row) => ({ ...row, details: { ...row.details, extra: null } })),
  'the time': (draw) =>
    edited(draw(ROWS), (row) => ({ ...row, at: new Date(Date.parse(row.at) - 1 - draw(1e6)).toISOString() })),
  'a digit of a hash': (draw) => edited(draw(ROWS), (row) => ({ ...row, hash: digit(row.hash, draw) })),
  'a digit of a link': (draw) => edited(draw(ROWS), (row) => ({ ...row, prevHash: digit(row.prevHash, draw) })),
  'a row that is gone': (draw) => rows.toSpliced(draw(ROWS - 1), 1),
  'a row that is there twice': (draw) => {
    const at = draw(ROWS);
    return rows.toSpliced(at, 0, present(rows[at]));
  },
  'two rows that changed places': (draw) => {
    const at = draw(ROWS - 1);
    return rows.toSpliced(at, 2, present(rows[at + 1]), present(rows[at]));
  },
  'a row that is put in': (draw) => {
    const at = draw(ROWS);
    const before = at === 0 ? CHAIN_START : present(rows[at - 1]);
    const entry = { event: 'approval.granted', actor: SYSTEM, subject: 'approval:REQ-X', details: {} } as const;
    return rows.toSpliced(at, 0, nextRow(before, entry, present(rows[at]).at));
  },
  'rows cut from the end': (draw) => rows.slice(0, ROWS - 1 - draw(ROWS - 2)),
  'the whole chain written anew': (draw) => {
    const at = draw(ROWS);
    return rewritten(edited(at, (row) => ({ ...row, actor: { kind: 'slack', id: 'U0MALLORY' } })));
  },
};
const NAMES = Object.keys(MUTATION);
const NEED_CHECKPOINTS = ['rows cut from the end', 'the whole chain written anew'];

describe('an export of the audit chain', () => {
  it('is whole as it was written, with and without checkpoints', async () => {
    expect(await verify(rows, [])).toMatchObject({ ok: true, head: { seq: ROWS } });
    expect(await verify(rows, checkpoints)).toMatchObject({ ok: true, head: { seq: ROWS } });
  });

  it(`shows each of ${MUTATIONS} changes when checkpoints are kept elsewhere`, async () => {
    const missed: string[] = [];
    const seen = new Map<string, number>();
    for (let seed = 0; seed < MUTATIONS; seed += 1) {
      const name = NAMES[seed % NAMES.length] ?? '';
      const changed = MUTATION[name]?.(draws(seed)) ?? [];
      const verdict = await verify(changed, checkpoints);
      if (verdict.ok) missed.push(`${name} (seed ${seed})`);
      else seen.set(name, (seen.get(name) ?? 0) + 1);
    }
    expect(missed).toEqual([]);
    expect([...seen.values()].reduce((sum, count) => sum + count, 0)).toBe(MUTATIONS);
  });

  it('shows all but a cut and a rewrite of the whole without checkpoints; those two it cannot', async () => {
    for (const [index, name] of NAMES.entries()) {
      const verdict = await verify(MUTATION[name]?.(draws(index)) ?? [], []);
      expect([name, verdict.ok]).toEqual([name, NEED_CHECKPOINTS.includes(name)]);
    }
  });

  it('trusts no checkpoint that another key has signed, or that was changed', async () => {
    const forger = checkpointSigner('another secret that is long enough to be one');
    const last = present(rows.at(-1));
    const forged = forger.sign(last, last.at);
    expect(await verify(rows, [forged])).toMatchObject({ ok: false, why: expect.stringContaining('signature') });
    const [first] = checkpoints;
    const moved = { ...present(first), seq: 61, hash: present(rows[60]).hash };
    expect(isSignedBy(moved, signer.publicKey)).toBe(false);
    expect(await verify(rows, [moved])).toMatchObject({ ok: false, seq: 61 });
  });
});
