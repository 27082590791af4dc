import { type Actor, SYSTEM } from '../domain/audit.ts';
import { CordonError, messageOf } from '../domain/errors.ts';
import type { JournalEntry, Run } from '../domain/run.ts';
import type { Settings } from '../domain/settings.ts';
import { type Comparison, compareTrail, type JournalledCall, operationOf, type TrailEvent } from '../domain/trail.ts';
import type { Deps, Repositories } from '../ports.ts';
import { announce, announceNotice, announceRun } from './announce.ts';
import { end } from './approve.ts';

/** Events and rows at the edge of the window belong together though their clocks differ. */
const EDGE_SECONDS = 15 * 60;
/** Orphans that are named in the operations channel; the rest is counted. */
const NAMED = 5;
/** Accounts that are asked at the same time; CloudTrail's limit is each account's own. */
const AT_ONCE = 8;

/** Where IAM's calls are recorded, by partition. */
const GLOBAL_REGION: Readonly<Record<Settings['aws']['partition'], string>> = {
  aws: 'us-east-1',
  'aws-cn': 'cn-north-1',
  'aws-us-gov': 'us-gov-west-1',
  'aws-eusc': 'eusc-de-east-1',
};

/** A place that could not be read: nothing is known of it. */
export interface UnknownPlace {
  readonly accountId: string;
  readonly region: string;
  readonly why: string;
  readonly hint: string;
}

export interface Reconciled extends Comparison {
  readonly from: string;
  readonly to: string;
  /** Accounts and Regions that were read to their end. */
  readonly read: number;
  readonly unknown: readonly UnknownPlace[];
  /** Of the orphans, those that nobody had been told of. */
  readonly news: readonly TrailEvent[];
}

/**
 * Compares the journal with what CloudTrail shows of every account that may be entered. What no row explains is kept, told in the operations channel, and its run is left to a person.
 * A place that cannot be read is told as unknown: rows of runs there are neither agreed nor missing.
 */
export async function reconcile(
  deps: Deps,
  actor: Actor,
  ask: { readonly sinceSeconds: number; readonly accountId?: string },
): Promise<Reconciled> {
  const settings = await deps.settings.current();
  const to = await deps.store.read.now();
  const from = before(to, ask.sinceSeconds);
  const accounts = settings.accounts.filter(({ id }) => ask.accountId === undefined || id === ask.accountId);
  const places = accounts.flatMap(({ id, regions }) =>
    [...new Set([...regions, GLOBAL_REGION[settings.aws.partition]])].map((region) => ({ accountId: id, region })),
  );
  const looks = await inTurn(places, AT_ONCE, (place) => look(deps, place, before(from, EDGE_SECONDS), to));
  const events = looks.flatMap((one) => ('events' in one ? one.events : []));
  const calls = await callsSince(deps, before(from, 2 * EDGE_SECONDS));
  const left = ask.accountId === undefined ? leftPlaces(calls, places) : [];
  const unknown = [...looks.flatMap((one) => ('why' in one ? [one] : [])), ...left];
  const known = { actRole: settings.aws.actRole, now: to };
  const compared = compareTrail(events, calls, known);
  const isAsked = ({ accountId, intentAt }: JournalledCall): boolean =>
    intentAt >= from && places.some((place) => place.accountId === accountId);
  const isKnown = ({ accountId }: JournalledCall): boolean => !unknown.some((one) => one.accountId === accountId);
  const news = await keep(deps, actor, compared.orphans);
  return {
    from,
    to,
    read: looks.length - (unknown.length - left.length),
    unknown,
    agreed: compared.agreed.filter(({ call }) => isAsked(call)),
    orphans: compared.orphans,
    missing: compared.missing.filter((call) => isAsked(call) && isKnown(call)),
    notYet: compared.notYet.filter((call) => isAsked(call) && isKnown(call)),
    news,
  };
}

/** Where runs have acted and Cordon does not enter any more. */
function leftPlaces(
  calls: readonly JournalledCall[],
  places: readonly { readonly accountId: string }[],
): readonly UnknownPlace[] {
  const gone = calls.filter(({ accountId }) => !places.some((place) => place.accountId === accountId));
  return [
    ...new Map(gone.map(({ accountId, region }) => [`${accountId}/${region}`, { accountId, region }])).values(),
  ].map((place) => ({
    ...place,
    why: 'Cordon has acted there and does not enter the account any more.',
    hint: 'Look at its event history by hand.',
  }));
}

type Look = { readonly events: readonly TrailEvent[] } | UnknownPlace;

async function look(
  deps: Deps,
  place: { readonly accountId: string; readonly region: string },
  from: string,
  to: string,
): Promise<Look> {
  try {
    const events: TrailEvent[] = [];
    for await (const page of deps.trail.writes({ ...place, from, to })) events.push(...page);
    return { events };
  } catch (error) {
    deps.log.warn({ ...place, err: messageOf(error) }, 'CloudTrail could not be read');
    return { ...place, why: messageOf(error), hint: error instanceof CordonError ? error.hint : 'See the log.' };
  }
}

async function callsSince(deps: Deps, at: string): Promise<readonly JournalledCall[]> {
  const entries = await deps.store.read.journal.since(at);
  const runs = await deps.store.read.runs.many([...new Set(entries.map(({ runId }) => runId))]);
  const byId = new Map(runs.map((run) => [run.id, run]));
  return entries.flatMap((entry) => callOf(entry, byId.get(entry.runId)));
}

function callOf(entry: JournalEntry, run: Run | undefined): readonly JournalledCall[] {
  const call = run?.plan?.steps[entry.stepIndex]?.call;
  if (!run?.plan || !call) return [];
  const { runId, stepId, state, requestId, intentAt, doneAt } = entry;
  const { accountId, region } = run.plan;
  const { service, operation } = call;
  return [{ runId, stepId, state, accountId, region, service, operation, requestId, intentAt, doneAt }];
}

/** Each orphan that was not known: on record, its run left to a person, and one notice for all. */
async function keep(deps: Deps, actor: Actor, orphans: readonly TrailEvent[]): Promise<readonly TrailEvent[]> {
  if (orphans.length === 0) return [];
  return deps.store.tx(async (tx) => {
    const news: TrailEvent[] = [];
    for (const event of orphans) if (await tx.orphans.add(event)) news.push(event);
    const runs = new Map((await tx.runs.many(news.flatMap(runIdOf))).map((run) => [run.id, run]));
    let last = 0;
    for (const event of news) {
      const row = await tx.audit.append({
        event: 'run.orphan-found',
        actor,
        subject: event.sourceIdentity === null ? 'system' : `run:${event.sourceIdentity}`,
        details: {
          event: event.id,
          call: `${event.service}:${operationOf(event)}`,
          account: event.accountId,
          region: event.region,
          at: event.at,
          request: event.requestId,
          session: event.sessionName,
          onRecord: runs.has(event.sourceIdentity ?? ''),
        },
      });
      last = row.seq;
    }
    for (const run of runs.values()) await leaveToPeople(tx, run, news);
    if (news.length > 0) await announceNotice(tx, `orphans-${last}`, noticeOf(news, runs));
    return news;
  });
}

function runIdOf({ sourceIdentity }: TrailEvent): readonly string[] {
  return sourceIdentity === null ? [] : [sourceIdentity];
}

/** Whatever the run had come to: what it did is not what its journal says. Nothing more is sent for it, and a request that is still open ends. */
async function leaveToPeople(tx: Repositories, asked: Run, news: readonly TrailEvent[]): Promise<void> {
  const own = news.filter(({ sourceIdentity }) => sourceIdentity === asked.id);
  const calls = [...new Set(own.map((event) => `${event.service}:${operationOf(event)}`))].join(', ');
  const why = `CloudTrail shows what its journal does not explain: ${calls}. Somebody has to look at the resource and at CloudTrail.`;
  const approval = await tx.approvals.ofRun(asked.id);
  if (approval?.state === 'pending' || approval?.state === 'approved')
    await end(tx, approval, 'stale', 'approval.stale', SYSTEM, why);
  const run = await tx.runs.lock(asked.id);
  if (!run || run.state === 'needs-human') return;
  await tx.runs.setState(run.id, [run.state], 'needs-human', why);
  await tx.audit.append({
    event: 'run.needs-human',
    actor: SYSTEM,
    subject: `run:${run.id}`,
    details: { because: 'orphan', was: run.state, fence: run.fence },
  });
  await announceRun(tx, run.id);
  const incident = await tx.incidents.get(run.incidentId);
  if (incident) await announce(tx, incident);
}

function noticeOf(news: readonly TrailEvent[], runs: ReadonlyMap<string, Run>) {
  return {
    template: 'orphans',
    count: news.length,
    first: news.slice(0, NAMED).map((event) => ({
      runId: event.sourceIdentity ?? 'no run at all',
      isOurs: runs.has(event.sourceIdentity ?? ''),
      accountId: event.accountId,
      region: event.region,
      call: `${event.service}:${operationOf(event)}`,
      at: event.at,
    })),
  };
}

function before(iso: string, seconds: number): string {
  return new Date(Date.parse(iso) - seconds * 1000).toISOString();
}

/** All items through `work`, so many at once, the answers in the items' order. */
async function inTurn<T, R>(items: readonly T[], atOnce: number, work: (item: T) => Promise<R>): Promise<readonly R[]> {
  const results: R[] = [];
  const queue = [...items.entries()];
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) results[next[0]] = await work(next[1]);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
  return results;
}
