import { AssumeRoleError } from '../aws/assume-role-cause.ts';
import { type Account, accountLabel } from '../domain/account.ts';
import { CordonError, messageOf } from '../domain/errors.ts';
import type { AccountHealth, Deps } from '../ports.ts';
import type { CliContext } from './command.ts';

/** One line of `doctor`. `skipped` says why a check does not apply. */
export interface Check {
  readonly what: string;
  readonly state: 'ok' | 'wrong' | 'skipped';
  readonly detail: string;
  /** What to do; empty unless wrong. */
  readonly hint: string;
}

/** The run id under which doctor assumes the act role: the role's trust wants one of that form. No call but AssumeRole and GetCallerIdentity is made. */
const DOCTOR_RUN = 'RUN-DOCTOR00';
const DOCTOR_INCIDENT = 'INC-0000-0000';

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
  const accounts = await deps.settings.current().then(
    (settings) => settings.accounts,
    () => [], // Already told by the settings check.
  );
  for (const account of accounts) yield* accountChecks(context, account);
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

async function* accountChecks({ deps }: CliContext, account: Account): AsyncGenerator<Check> {
  const label = accountLabel(account, account.id);
  const region = account.regions[0];
  if (region === undefined) return;
  if (account.management) {
    const detail = 'the management account: Cordon neither plans nor acts there';
    yield { what: `roles      ${label}`, state: 'skipped', detail, hint: '' };
    return;
  }
  yield roleCheck(deps, { accountId: account.id, purpose: 'read' }, `read role  ${label}`, async () => {
    return `assumed in ${(await deps.sessions.read(account.id, region)).region}`;
  });
  if (!account.act) {
    yield {
      what: `act role   ${label}`,
      state: 'skipped',
      detail: 'act: false in the settings: observe only',
      hint: '',
    };
    return;
  }
  yield roleCheck(deps, { accountId: account.id, purpose: 'act' }, `act role   ${label}`, async () => {
    const session = await deps.sessions.act({
      accountId: account.id,
      region,
      incidentId: DOCTOR_INCIDENT,
      runId: DOCTOR_RUN,
      approvers: ['doctor'],
      statements: [{ actions: ['sts:GetCallerIdentity'], resources: ['*'] }],
    });
    return `assumed in ${session.region}, allowed nothing`;
  });
}

/** Looks, and keeps what was seen for `accounts` and `status`. */
async function roleCheck(
  deps: Deps,
  role: Pick<AccountHealth, 'accountId' | 'purpose'>,
  what: string,
  look: () => Promise<string>,
): Promise<Check> {
  let state: AccountHealth['state'] = 'ok';
  const result = await check(what, () =>
    look().catch((error: unknown) => {
      state = error instanceof AssumeRoleError ? error.state : 'unknown';
      throw error;
    }),
  );
  await deps.store.tx((tx) => tx.health.put({ ...role, state, detail: result.detail, hint: result.hint }));
  return result;
}

async function check(what: string, look: () => Promise<string>): Promise<Check> {
  try {
    return { what, state: 'ok', detail: await look(), hint: '' };
  } catch (error) {
    const hint = error instanceof CordonError ? error.hint : 'Unexpected; look for the same message in the log.';
    return { what, state: 'wrong', detail: messageOf(error), hint };
  }
}
