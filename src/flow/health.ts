import { messageOf } from '../domain/errors.ts';
import { feedName } from '../domain/feed.ts';
import { ageStep, type HealthEntry, type HealthReport } from '../domain/health.ts';
import { sameJson } from '../domain/json.ts';
import {
  ALIVE_SECONDS,
  type Deps,
  type Figures,
  type KillSwitch,
  type OpsLine,
  PARTS,
  type Repositories,
} from '../ports.ts';
import { targetsOf } from './poll.ts';

/** What is found has to be found again after so long before it is told. */
const LOOK_SECONDS = 15;
/** The line is edited at most so often; a stop at once. */
const EDIT_SECONDS = 60;
/** A backlog that ordinary work clears within this time is not worth a word. */
const LAG_SECONDS = 60;
/** Slack's own limits make messages wait in a storm. */
const MESSAGE_LAG_SECONDS = 300;
/** A process that ended without a word is forgotten after a day. */
const FORGET_SECONDS = 86_400;
/** Accounts and feeds that are named; the rest is counted. */
const NAMED = 3;
const HOUR_MS = 3_600_000;

/**
 * Looks how Cordon itself is and keeps one line in the operations channel true. One look for all processes each few seconds; what is found twice is told,
 * what is gone twice is taken back, and the message is edited at most once a minute and only when its words change.
 */
export async function watchHealth(deps: Deps): Promise<void> {
  if (!(await deps.store.read.opsLine.claimLook(LOOK_SECONDS))) return;
  const found = await healthNow(deps);
  await deps.store.tx(async (tx) => {
    const line = await tx.opsLine.lock();
    await tx.opsLine.saw(found);
    const next = steady(line, found);
    if (sameJson(next, line.told) && line.toldAt !== null) return;
    if (line.toldAt !== null && secondsBetween(line.toldAt, line.now) < EDIT_SECONDS) return;
    await tell(tx, line, next, 5);
  });
  await deps.store.read.processes.forget(FORGET_SECONDS);
}

/** After a stop or a resume, in its transaction: the line says so at once. */
export async function tellSwitch(tx: Repositories): Promise<void> {
  const line = await tx.opsLine.lock();
  const others = line.told.filter((entry) => entry.kind !== 'stopped');
  await tell(tx, line, [...stopped(await tx.killSwitch.get()), ...others], 0);
}

/** What stands before both looks: told and found in either, or found in both. A stop is a decision and no symptom, so it counts as it is. */
function steady(line: OpsLine, found: readonly HealthEntry[]): readonly HealthEntry[] {
  const has = (list: readonly HealthEntry[], { kind }: HealthEntry): boolean => list.some((one) => one.kind === kind);
  const fresh = found.filter((entry) => entry.kind === 'stopped' || has(line.seen, entry) || has(line.told, entry));
  const fading = line.told.filter((entry) => entry.kind !== 'stopped' && !has(found, entry) && has(line.seen, entry));
  return [...fresh, ...fading];
}

async function tell(tx: Repositories, line: OpsLine, entries: readonly HealthEntry[], priority: number): Promise<void> {
  const calmed = entries.length === 0 && line.told.length > 0;
  const report: HealthReport = { entries: [...entries], quietSince: calmed ? line.now : line.quietSince };
  await tx.opsLine.tell(report.entries, report.quietSince);
  await tx.messages.touch({ key: 'health:ops', kind: 'health', subjectId: 'ops', priority, data: report });
}

/** Everything that is wrong with Cordon itself at this moment, the worst first. */
export async function healthNow(deps: Deps): Promise<readonly HealthEntry[]> {
  const { read } = deps.store;
  const figures = await read.figures.now();
  return [
    ...stopped(await read.killSwitch.get()),
    ...(await restored(deps)),
    ...((await read.audit.lateCount()) === 0 ? [] : [{ kind: 'audit-refused' as const }]),
    ...(await invalid(deps)),
    ...(await processes(read)),
    ...(await silence(deps, figures)),
    ...(await feeds(deps)),
    ...lags(figures),
    ...(await accounts(read)),
    ...(figures.deliveries.quarantined === 0
      ? []
      : [{ kind: 'quarantine' as const, count: figures.deliveries.quarantined }]),
  ];
}

function stopped(state: KillSwitch): readonly HealthEntry[] {
  if (!state.stopped) return [];
  const { by, at, reason } = state;
  return [{ kind: 'stopped', by: by ?? 'somebody', at: at ?? '', reason: reason ?? 'no reason given' }];
}

async function restored({ store, chainMemory }: Deps): Promise<readonly HealthEntry[]> {
  const { sign } = await store.read.epoch.get();
  if (sign !== null) return [{ kind: 'restored', place: sign.place, seq: sign.seq }];
  return chainMemory.compared === 'failed' ? [{ kind: 'not-compared' }] : [];
}

async function invalid(deps: Deps): Promise<readonly HealthEntry[]> {
  const isValid = (source: { current(): Promise<unknown> }): Promise<boolean> =>
    source.current().then(
      () => true,
      (error: unknown) => {
        deps.log.debug({ err: messageOf(error) }, 'not valid');
        return false;
      },
    );
  return [
    ...((await isValid(deps.settings)) ? [] : [{ kind: 'settings-invalid' as const }]),
    ...((await isValid(deps.playbooks)) ? [] : [{ kind: 'playbooks-invalid' as const }]),
  ];
}

async function processes(read: Repositories): Promise<readonly HealthEntry[]> {
  const alive = await read.processes.alive(ALIVE_SECONDS);
  const covered = new Set(alive.flatMap(({ work }) => work));
  const missing = PARTS.filter((part) => !covered.has(part));
  const down = alive.filter(({ slack }) => slack === 'down').map(({ id }) => id);
  return [
    ...(missing.length === 0 ? [] : [{ kind: 'no-process' as const, parts: missing }]),
    ...(down.length === 0 ? [] : [{ kind: 'slack-down' as const, processes: down }]),
  ];
}

/** Nothing has come in for as long as cordon.yaml says; counted from the beginning of this deployment when nothing ever came. */
async function silence(deps: Deps, { lastDeliveryAt }: Figures): Promise<readonly HealthEntry[]> {
  const { quietHours } = (await deps.lastGood.settings()).health;
  if (quietHours === 0) return [];
  const { beganAt, now } = await deps.store.read.opsLine.lock();
  if (Date.parse(now) - Date.parse(lastDeliveryAt ?? beganAt) < quietHours * HOUR_MS) return [];
  return [{ kind: 'silence', hours: quietHours, last: lastDeliveryAt }];
}

/** What is polled now and whose last reading failed. */
async function feeds(deps: Deps): Promise<readonly HealthEntry[]> {
  const { read } = deps.store;
  const polled = targetsOf(await deps.lastGood.settings()).map(feedName);
  const failing = (await read.feeds.list()).filter(
    ({ name, lastError }) => lastError !== null && polled.includes(name),
  );
  const [first] = failing;
  if (first === undefined) return [];
  const wellAt = failing.map(({ lastOkAt, firstConnectAt }) => lastOkAt ?? firstConnectAt).sort()[0];
  const seconds = secondsBetween(wellAt ?? first.firstConnectAt, await read.now());
  return [
    {
      kind: 'feeds',
      count: failing.length,
      first: failing.slice(0, NAMED).map(({ name, lastError }) => ({ name, code: lastError?.code ?? '' })),
      hint: first.lastError?.hint ?? '',
      over: ageStep(seconds),
    },
  ];
}

function lags({ deliveries, outbox, messages, writeBacks }: Figures): readonly HealthEntry[] {
  const late: readonly (readonly [HealthEntry['kind'] & `${string}-lag`, number, number])[] = [
    ['triage-lag', deliveries.oldestSeconds, LAG_SECONDS],
    ['queue-lag', outbox.oldestSeconds, LAG_SECONDS],
    ['message-lag', messages.oldestSeconds, MESSAGE_LAG_SECONDS],
    ['write-back-lag', writeBacks.oldestSeconds, MESSAGE_LAG_SECONDS],
  ];
  return late.filter(([, age, limit]) => age >= limit).map(([kind, age]) => ({ kind, over: ageStep(age) }));
}

async function accounts(read: Repositories): Promise<readonly HealthEntry[]> {
  const sick = (await read.health.list()).filter((row) => row.state !== 'ok');
  const ids = [...new Set(sick.map((row) => row.accountId))];
  return ids.length === 0 ? [] : [{ kind: 'accounts', count: ids.length, first: ids.slice(0, NAMED) }];
}

function secondsBetween(from: string, to: string): number {
  return (Date.parse(to) - Date.parse(from)) / 1000;
}
