import { isShut } from '../domain/account.ts';
import { messageOf } from '../domain/errors.ts';
import type { Settings } from '../domain/settings.ts';
import type { Deps } from '../ports.ts';
import { checkAccount } from './check-account.ts';
import { discover } from './discover.ts';

/** How often it is looked whether something is due. */
const TURN_MS = 5_000;
/** How long work that is under way may go on when the process stops; what is not done by then is done by another, later. */
const LAST_MS = 2_000;
const ORGANIZATION = 'organization';

/**
 * Until the signal comes: reads the organization again when its time has come, and looks at each account in turn. So many at once and no more; one that does not answer
 * holds its own place and no other's. Any number of processes share the work: whose turn an account is, is decided in the store.
 */
export async function watchAccounts(deps: Deps, signal: AbortSignal): Promise<void> {
  const running = new Map<string, Promise<void>>();
  const start = (name: string, work: () => Promise<unknown>): void => {
    const ended = work().then(
      () => undefined,
      (error: unknown) => deps.log.warn({ name, err: messageOf(error) }, 'an account could not be looked at'),
    );
    running.set(
      name,
      ended.finally(() => running.delete(name)),
    );
  };
  const stopped = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  let swept = '';
  while (!signal.aborted) {
    let more = false;
    try {
      const settings = await deps.settings.current();
      if (settings.hash !== swept) await deps.store.read.health.keepOnly(watched(settings));
      swept = settings.hash;
      more = await turn(deps, settings, running, start);
    } catch (error) {
      deps.log.debug({ err: messageOf(error) }, 'the accounts could not be looked at; it is tried again');
    }
    await Promise.race([deps.pause(TURN_MS), stopped, ...(more ? running.values() : [])]);
  }
  await Promise.race([Promise.allSettled(running.values()), deps.pause(LAST_MS)]);
}

/** True when there may be more accounts whose time has come than there were places for. */
async function turn(
  deps: Deps,
  settings: Settings,
  running: ReadonlyMap<string, Promise<void>>,
  start: (name: string, work: () => Promise<unknown>) => void,
): Promise<boolean> {
  const { organization: source, accountChecks } = settings;
  const { read } = deps.store;
  if (
    source.discover &&
    !running.has(ORGANIZATION) &&
    (await read.organization.claimRefresh(source.refreshMinutes * 60))
  )
    start(ORGANIZATION, () => discover(deps));
  const places = accountChecks.atOnce - [...running.keys()].filter((name) => name !== ORGANIZATION).length;
  if (places <= 0) return true;
  const due = await read.health.claimChecks(watched(settings), places, accountChecks.everyMinutes * 60);
  for (const id of due) start(id, () => checkAccount(deps, id));
  return due.length === places;
}

/** The accounts that have health: those that may be entered, and those that AWS has shut. Nobody enters the management account. */
function watched(settings: Settings): readonly string[] {
  return [
    ...settings.accounts.filter((account) => !account.management),
    ...settings.leftOut.filter(isShut).map(({ account }) => account),
  ].map(({ id }) => id);
}
