import type { AuditEntry, AuditRow } from '../domain/audit.ts';
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
  | { readonly ok: true; readonly head: ChainHead }
  | { readonly ok: false; readonly seq: number; readonly why: string };

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

/** The whole chain against its recorded end, in pages; rows appended meanwhile are checked too. */
export async function verifyAudit(
  audit: Pick<Repositories['audit'], 'read' | 'head'>,
  page: number = PAGE,
): Promise<Verdict> {
  const recorded = await audit.head();
  let head = CHAIN_START;
  for (;;) {
    const rows = await audit.read(head.seq, page);
    const verdict = verifyChain(rows, head);
    if (!verdict.ok) return verdict;
    head = verdict.head;
    const end = rows.find((row) => row.seq === recorded.seq);
    if (end && end.hash !== recorded.hash)
      return { ok: false, seq: recorded.seq, why: 'it is not the row that the recorded end of the chain names' };
    if (rows.length < page) return lengthAgainst(recorded, head);
  }
}

function lengthAgainst(recorded: ChainHead, found: ChainHead): Verdict {
  if (found.seq < recorded.seq)
    return {
      ok: false,
      seq: found.seq + 1,
      why: `the chain ends at ${found.seq}, but ${recorded.seq} rows were written`,
    };
  return { ok: true, head: found };
}
