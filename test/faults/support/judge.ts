import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { AuditRow } from '../../../src/domain/audit.ts';
import { CHAIN_START, type ChainHead, verifyChain } from '../../../src/store/audit-chain.ts';
import type { AwsCallRecord } from '../../support/story.ts';
import { type Bench, CHECKPOINT_ROWS, CHECKPOINTS } from './bench.ts';

/** The four numbers of every fault, and how long it took. */
export interface Verdict {
  /** What the outside was told is safe: messages deleted from SQS, approvals that the card calls granted. */
  readonly acked: number;
  /** Of these: findings without a card, approvals without their effect. */
  readonly lost: number;
  /** Changes in AWS more than the plan has, and cards posted twice without saying so. */
  readonly duplicated: number;
  /** What has no end within the time limit. */
  readonly stuck: number;
  /** Breaks of the chain, effects without intent and done, decisions without their row. */
  readonly auditGaps: number;
  /** From the fault (or its end, where the row's note says so) until people see the outcome. */
  readonly recoveryMs: number | null;
  /** Further figures, such as notices that were repeated and say so. */
  readonly figures?: Readonly<Record<string, number | string>> | undefined;
}

export function isClean(verdict: Verdict): boolean {
  return verdict.lost + verdict.duplicated + verdict.stuck + verdict.auditGaps === 0;
}

/** Where the records of the outside and of the audit stood before a trial. */
export interface Mark {
  readonly aws: number;
  readonly audit: ChainHead;
}

const Head = z.array(z.object({ seq: z.coerce.number(), hash: z.string() }));

export async function mark(bench: Bench): Promise<Mark> {
  const log = await bench.story.awsLog();
  const rows = Head.parse(
    await bench.product.tell({ ask: 'sql', text: 'SELECT seq, hash FROM cordon.audit ORDER BY seq DESC LIMIT 1' }),
  );
  return { aws: log.at(-1)?.seq ?? 0, audit: rows[0] ?? CHAIN_START };
}

export async function callsSince(bench: Bench, { aws }: Mark): Promise<readonly AwsCallRecord[]> {
  return (await bench.story.awsLog()).filter(({ seq }) => seq > aws);
}

/** What runs changed in AWS since, by AWS's own record. */
export function effectsOf(calls: readonly AwsCallRecord[]): readonly AwsCallRecord[] {
  return calls.filter((call) => call.write && call.effect && (call.sourceIdentity ?? '').startsWith('RUN-'));
}

/** Messages that the product told SQS to forget. */
export function deletedOf(calls: readonly AwsCallRecord[]): number {
  return calls.filter((call) => call.operation === 'DeleteMessage' && call.effect).length;
}

/** How the effects differ from the plan's writes: what is missing, and what is too many. */
export function compareWrites(
  writes: readonly string[],
  effects: readonly AwsCallRecord[],
): { readonly missing: number; readonly extra: number } {
  const left = [...writes];
  let extra = 0;
  for (const { operation } of effects) {
    const at = left.indexOf(operation);
    if (at === -1) extra += 1;
    else left.splice(at, 1);
  }
  return { missing: left.length, extra };
}

/** Counts what the audit lacks or has too much of; the words say what, for the person who has to look. */
export async function auditGaps(
  bench: Bench,
  before: Mark,
  effects: readonly AwsCallRecord[],
): Promise<readonly string[]> {
  const rows = await bench.product.audit(before.audit.seq);
  const chain = verifyChain(rows, before.audit);
  const gaps = chain.ok ? [] : [`the chain is broken at ${chain.seq}: ${chain.why}`];
  for (const run of new Set(effects.map((call) => call.sourceIdentity ?? ''))) {
    const own = rows.filter((row) => row.subject === `run:${run}`);
    gaps.push(
      ...gapsOfRun(
        run,
        own,
        effects.filter((call) => call.sourceIdentity === run),
      ),
    );
  }
  return gaps;
}

function gapsOfRun(run: string, rows: readonly AuditRow[], effects: readonly AwsCallRecord[]): readonly string[] {
  const gaps: string[] = [];
  const count = (event: string): number => rows.filter((row) => row.event === event).length;
  if (count('run.claimed') !== 1) gaps.push(`${run} has ${count('run.claimed')} claims on record`);
  const ends = ['run.verified', 'run.unverified', 'run.failed', 'run.needs-human', 'run.stale'].map(count);
  if (ends.reduce((sum, one) => sum + one, 0) !== 1) gaps.push(`${run} has no end on record, or more than one`);
  for (const call of effects) {
    const name = `${call.service}:${call.operation}`;
    const of = (event: string) => rows.filter((row) => row.event === event && row.details['call'] === name).length;
    const happened = effects.filter((one) => one.operation === call.operation).length;
    if (of('run.step-intent') < happened) gaps.push(`${run}: ${name} without an intent on record`);
    if (of('run.step-done') !== of('run.step-intent')) gaps.push(`${run}: ${name} has an intent without an end`);
  }
  return gaps;
}

const Checkpoints = z.array(z.looseObject({ seq: z.number(), hash: z.string() }));

/** Checkpoints that lie outside the database and do not name a row of the chain; when there is none at all, that is one. */
export async function checkpointGaps(bench: Bench): Promise<number> {
  const rows = new Map((await bench.product.audit(0)).map(({ seq, hash }) => [seq, hash]));
  const text = await readFile(join(bench.folder, CHECKPOINTS), 'utf8').catch(() => '');
  const lines = text.split('\n').filter((line) => line !== '');
  const checkpoints = Checkpoints.parse(lines.map((line) => JSON.parse(line)));
  const wrong = checkpoints.filter(({ seq, hash }) => rows.get(seq) !== hash).length;
  return wrong + (checkpoints.length === 0 && rows.size > 2 * CHECKPOINT_ROWS ? 1 : 0);
}
