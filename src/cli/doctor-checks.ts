import { type Account, accountLabel } from '../domain/account.ts';
import { CordonError, messageOf } from '../domain/errors.ts';
import { Places } from '../domain/places.ts';
import type { Settings } from '../domain/settings.ts';
import { organizationText } from '../flow/account-report.ts';
import { checkAccount } from '../flow/check-account.ts';
import type { Deps, HealthNote } from '../ports.ts';
import type { CliContext } from './command.ts';

/** One line of `doctor`. `skipped` says why a check does not apply. */
export interface Check {
  readonly what: string;
  readonly state: 'ok' | 'wrong' | 'skipped';
  readonly detail: string;
  /** What to do; empty unless wrong. */
  readonly hint: string;
}

/** So many accounts are looked at at a time. */
const AT_ONCE = 8;

/** Every check in order, each as soon as it is known; one that fails stops no other. */
export async function* doctorChecks(context: CliContext): AsyncGenerator<Check> {
  const { deps, tools } = context;
  yield check('store', async () => `answers, its time is ${await deps.store.read.now()}`);
  yield check('job queue', () => tools.probes.jobs());
  yield check('findings queue', () => tools.probes.findingsQueue());
  yield check('Slack', () => tools.probes.slack());
  yield check('playbooks', async () => `${(await deps.playbooks.current()).list().length} loaded`);
  yield check('settings', () => settingsText(context));
  yield* usergroupChecks(context);
  yield check('findings role', () => tools.probes.findingsRole());
  yield* checkpointChecks(deps);
  const settings = await deps.settings.current().catch(() => undefined); // Already told by the settings check.
  if (settings === undefined) return;
  yield check('organization', () => organizationCheck(deps, settings));
  // Each begins when a place is free; told in the order of the list.
  const places = new Places(AT_ONCE);
  for (const looking of settings.accounts.map((account) => places.run(() => accountChecks(deps, account))))
    yield* await looking;
}

/** Reads each place of the audit chain's checkpoints; what was put there must be of this deployment. */
async function* checkpointChecks(deps: Deps): AsyncGenerator<Check> {
  const places = await deps.settings.current().then(
    (settings) => deps.auditKeeping.places(settings),
    () => [], // Already told by the settings check.
  );
  for (const place of places) {
    yield check(`checkpoints in ${place.name}`, async () => {
      const [kept, waiting] = [await place.list(), await deps.store.read.checkpoints.undelivered(place.name, 50)];
      return `${kept.length} kept, ${waiting.length} on their way`;
    });
  }
}

async function settingsText({ deps, config }: CliContext): Promise<string> {
  const settings = await deps.settings.current();
  const missing = (['responders', 'approvers', 'operators'] as const).filter(
    (role) => settings.people[role].length === 0,
  );
  const empty = [
    ...missing.map((role) => `people.${role}`),
    ...Object.entries(settings.groups).flatMap(([name, group]) =>
      'usergroup' in group || group.length > 0 ? [] : [`groups.${name}`],
    ),
  ];
  if (empty.length > 0) {
    throw new CordonError('nobody_listed', `${empty.join(', ')} is empty, which means nobody`, {
      hint: `List Slack member ids in ${config.settingsPath}.`,
    });
  }
  return `${settings.accounts.length} accounts, ${settings.policies.length} policies`;
}

/** Only where the settings name a Slack user group: the bot needs a scope more for it. */
async function* usergroupChecks({ deps, tools }: CliContext): AsyncGenerator<Check> {
  const groups = await deps.settings.current().then(
    (settings) => settings.groups,
    () => ({}), // Already told by the settings check.
  );
  const wanted = Object.entries(groups).flatMap(([name, group]) =>
    'usergroup' in group ? [{ name, id: group.usergroup }] : [],
  );
  if (wanted.length > 0) yield check('user groups', () => tools.probes.usergroups(wanted));
}

async function organizationCheck(deps: Deps, settings: Settings): Promise<string> {
  const record = await deps.store.read.organization.head();
  const text =
    organizationText(settings, record, await deps.store.read.now()) ?? 'not read: organization.discover is false';
  if (record.problem === null || !settings.organization.discover) return text;
  throw new CordonError('organization_unreadable', text, { hint: record.problem.hint });
}

/** Looks now, also at an account that rests after a failure: whoever asks may have just mended it. What was seen is kept for `accounts` and `status`. */
async function accountChecks(deps: Deps, account: Account): Promise<readonly Check[]> {
  const label = accountLabel(account, account.id);
  const skipped = (what: string, detail: string): Check => ({
    what: `${what} ${label}`,
    state: 'skipped',
    detail,
    hint: '',
  });
  if (account.management) return [skipped('roles     ', 'the management account: Cordon neither plans nor acts there')];
  let notes: readonly HealthNote[];
  try {
    notes = await checkAccount(deps, account.id, true);
  } catch (error) {
    const hint = error instanceof CordonError ? error.hint : 'See the log.';
    return [{ what: `roles      ${label}`, state: 'wrong', detail: messageOf(error), hint }];
  }
  const told = notes.map(
    ({ purpose, state, detail, hint }): Check => ({
      what: `${purpose === 'read' ? 'read role' : 'act role '}  ${label}`,
      state: state === 'ok' && hint === '' ? 'ok' : 'wrong',
      detail,
      hint,
    }),
  );
  return account.act ? told : [...told, skipped('act role  ', 'act: false in the settings: observe only')];
}

async function check(what: string, look: () => Promise<string>): Promise<Check> {
  try {
    return { what, state: 'ok', detail: await look(), hint: '' };
  } catch (error) {
    const hint = error instanceof CordonError ? error.hint : 'Unexpected; look for the same message in the log.';
    return { what, state: 'wrong', detail: messageOf(error), hint };
  }
}
