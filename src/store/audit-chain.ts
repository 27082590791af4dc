import type { AuditEntry, AuditRow } from '../domain/audit.ts';
import { type Checkpoint, isSignedBy, RestoreStatement } from '../domain/checkpoint.ts';
import { hashOf, type JsonObject } from '../domain/json.ts';
import type { Repositories } from '../ports.ts';
import { storable } from './sql.ts';

/** Where the chain ends: the last row's number and hash; 0 and 64 zeros before the first. */
export interface ChainHead {
  readonly seq: number;
  readonly hash: string;
}

export const CHAIN_START: ChainHead = { seq: 0, hash: '0'.repeat(64) };

/** The row that follows `head`. Text is first made what the database will give back, so that the hash can be computed again from the stored row. */
export function nextRow(head: ChainHead, entry: AuditEntry, at: string): AuditRow {
  const body = {
    seq: head.seq + 1,
    at,
    event: entry.event,
    actor: { kind: entry.actor.kind, id: storable(entry.actor.id) },
    subject: storable(entry.subject),
    details: asStored(entry.details),
    prevHash: head.hash,
  };
  return { ...body, hash: hashOf(body) };
}

function asStored(details: JsonObject): JsonObject {
  const stored: JsonObject = JSON.parse(JSON.stringify(details));
  return stored;
}

export type Verdict =
  | {
      readonly ok: true;
      readonly head: ChainHead;
      /** Restores from a backup that the chain states and this deployment has signed: rows before each were lost, on record. */
      readonly restores?: number;
    }
  | { readonly ok: false; readonly seq: number; readonly why: string };

/** What else is known of the chain than its rows. */
export interface ChainEvidence {
  /** Where the rows begin: not the start of the chain when older ones were archived. */
  readonly from?: ChainHead;
  /** The end of the chain as the database recorded it. */
  readonly recorded?: ChainHead;
  /** Signed statements from outside the database, in any order. */
  readonly checkpoints?: readonly Checkpoint[];
  /** The public key that must have signed them, base64. */
  readonly key?: string;
}

/**
 * Checks rows that follow `from`, in order: numbers without a gap, each row's link to the one before, and each hash over the row's own content.
 * A page at a time: the answer's `head` is the next page's `from`. Names the first row that is wrong.
 */
export function verifyChain(rows: readonly AuditRow[], from: ChainHead = CHAIN_START): Verdict {
  let head = from;
  for (const row of rows) {
    const why = fault(row, head);
    if (why !== undefined) return { ok: false, seq: Math.min(row.seq, head.seq + 1), why };
    head = { seq: row.seq, hash: row.hash };
  }
  return { ok: true, head };
}

function fault(row: AuditRow, before: ChainHead): string | undefined {
  if (row.seq > before.seq + 1) return `row ${before.seq + 1} is missing`;
  if (row.seq !== before.seq + 1) return `row ${row.seq} is out of order`;
  if (row.prevHash !== before.hash) return 'it does not follow from the row before it';
  const { hash, ...body } = row;
  return hashOf(body) === hash ? undefined : 'its content is not what was written';
}

const PAGE = 1_000;

/** The chain in the database against its recorded end and the checkpoints, in pages; rows appended meanwhile are checked too. */
export async function verifyAudit(
  audit: Pick<Repositories['audit'], 'read' | 'head' | 'anchor'>,
  evidence: Pick<ChainEvidence, 'checkpoints' | 'key'> = {},
  page: number = PAGE,
): Promise<Verdict> {
  const [recorded, from] = [await audit.head(), await audit.anchor()];
  return verifyPages(pagesOf(audit, from.seq, page), { ...evidence, recorded, from });
}

/** Every kept row after `seq`, in order, a page at a time. */
export async function* pagesOf(
  audit: Pick<Repositories['audit'], 'read'>,
  seq: number,
  page: number = PAGE,
): AsyncGenerator<readonly AuditRow[]> {
  for (let after = seq; ; ) {
    const rows = await audit.read(after, page);
    if (rows.length > 0) yield rows;
    if (rows.length < page) return;
    after = rows.at(-1)?.seq ?? after;
  }
}

/** Rows from wherever they come, against all that is known beside them. */
export async function verifyPages(
  pages: AsyncIterable<readonly AuditRow[]> | Iterable<readonly AuditRow[]>,
  evidence: ChainEvidence,
): Promise<Verdict> {
  const { recorded, checkpoints = [], key } = evidence;
  const forged = checkpoints.find((one) => key === undefined || !isSignedBy(one, key));
  if (forged)
    return { ok: false, seq: forged.seq, why: 'its checkpoint does not bear the signature of this deployment' };
  const known: readonly Known[] = [
    ...checkpoints.map(({ seq, hash, at }) => ({ seq, hash, what: `the checkpoint of ${at}`, outside: true })),
    ...(recorded ? [{ ...recorded, what: 'the recorded end of the chain', outside: false }] : []),
  ];
  let head = evidence.from ?? CHAIN_START;
  const differs = (at: ChainHead) => known.filter((one) => one.seq === at.seq && one.hash !== at.hash);
  const [start] = differs(head);
  if (start)
    return { ok: false, seq: head.seq, why: `the kept rows do not follow on the row that ${start.what} names` };
  const doubts: (Known & { readonly why: string })[] = [];
  const abandoned = new Set<string>();
  let restores = 0;
  for await (const rows of pages) {
    const verdict = verifyChain(rows, head);
    if (!verdict.ok) return verdict;
    head = verdict.head;
    for (const row of rows) {
      for (const one of differs(row)) doubts.push({ ...one, why: `it is not the row that ${one.what} names` });
      const restore = restoreIn(row, key);
      if (!restore) continue;
      restores += 1;
      for (const { seq, hash } of restore.abandoned) abandoned.add(`${seq} ${hash}`);
    }
  }
  for (const one of known.filter(({ seq }) => seq > head.seq)) {
    const why = `the chain ends at row ${head.seq}, but ${one.what} says that there were ${one.seq}`;
    doubts.push({ ...one, seq: head.seq + 1, why });
  }
  const isExplained = ({ outside, hash }: Known): boolean =>
    outside && known.some((one) => one.hash === hash && abandoned.has(`${one.seq} ${hash}`));
  const wrong = doubts.filter((one) => !isExplained(one)).sort((one, other) => one.seq - other.seq)[0];
  return wrong ? { ok: false, seq: wrong.seq, why: wrong.why } : { ok: true, head, restores };
}

/** An end of the chain that is known beside its rows; `outside`: from a checkpoint, which a restore may have left behind. */
interface Known extends ChainHead {
  readonly what: string;
  readonly outside: boolean;
}

/** The restore that a row states, when this deployment has signed it. */
function restoreIn(row: AuditRow, key: string | undefined): RestoreStatement | undefined {
  if (row.event !== 'system.restored' || key === undefined) return undefined;
  const stated = RestoreStatement.safeParse(row.details['statement']);
  return stated.success && isSignedBy(stated.data, key) ? stated.data : undefined;
}
