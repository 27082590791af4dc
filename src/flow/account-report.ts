import { type Account, accountLabel, leftOutText } from '../domain/account.ts';
import type { Settings } from '../domain/settings.ts';
import type { AccountHealth } from '../ports.ts';

/** What is told of one account, in the command line and in Slack. */
export interface AccountReport {
  readonly account: Account;
  readonly label: string;
  /** `acts`, or why not. */
  readonly mode: 'acts' | 'observe only' | 'management' | 'left out';
  /** Empty unless left out. */
  readonly leftOut: string;
  readonly read: AccountHealth | undefined;
  readonly act: AccountHealth | undefined;
  /** The Regions that are configured and off. */
  readonly regionsOff: readonly string[];
  /** Each trouble with what to do, worst first; empty when all is well or nothing has been looked at. */
  readonly problems: readonly AccountProblem[];
}

export interface AccountProblem {
  readonly what: string;
  readonly hint: string;
}

/** Every account, those with troubles first, then by name. */
export function accountReports(settings: Settings, health: readonly AccountHealth[]): readonly AccountReport[] {
  const rows = new Map(health.map((row) => [`${row.accountId}/${row.purpose}`, row]));
  const reports = [
    ...settings.accounts.map((account) => report(account, modeOf(account), '', rows)),
    ...settings.leftOut.map((out) => report(out.account, 'left out', leftOutText(out), rows)),
  ];
  const rank = (one: AccountReport): number => (one.problems.length > 0 ? 0 : one.mode === 'left out' ? 2 : 1);
  return reports.sort((a, b) => rank(a) - rank(b) || a.account.alias.localeCompare(b.account.alias, 'en'));
}

function modeOf(account: Account): AccountReport['mode'] {
  if (account.management) return 'management';
  return account.act ? 'acts' : 'observe only';
}

function report(
  account: Account,
  mode: AccountReport['mode'],
  leftOut: string,
  rows: ReadonlyMap<string, AccountHealth>,
): AccountReport {
  const read = rows.get(`${account.id}/read`);
  const act = mode === 'acts' || mode === 'left out' ? rows.get(`${account.id}/act`) : undefined;
  const enabled = read?.enabledRegions ?? null;
  return {
    account,
    label: accountLabel(account, account.id),
    mode,
    leftOut,
    read,
    act,
    regionsOff: enabled === null ? [] : account.regions.filter((region) => !enabled.includes(region)),
    problems: [
      ...[read, act].flatMap((row) => (row === undefined ? [] : troubleOf(row, read))),
      ...(account.notes ?? []).map((note) => ({
        what: note,
        hint: 'Correct the tag of the account in AWS Organizations.',
      })),
    ],
  };
}

/** Of two roles with one cause it is told once; a row that is well may still say what to mend. */
function troubleOf(row: AccountHealth, read: AccountHealth | undefined): readonly AccountProblem[] {
  if (row.state === 'ok' && row.hint === '') return [];
  if (row.purpose === 'act' && row.state === read?.state && row.hint === read.hint) return [];
  return [{ what: `${row.purpose} role ${row.state}: ${row.detail}`, hint: row.hint }];
}

/** How old the organization's list is and whether the newest attempt to read it failed; undefined when it is not read. */
export function organizationText(
  settings: Settings,
  record: {
    readonly refreshedAt: string | null;
    readonly problem: { readonly message: string; readonly hint: string } | null;
  },
  now: string,
): string | undefined {
  if (!settings.organization.discover) return undefined;
  const { refreshedAt, problem } = record;
  const age = refreshedAt === null ? null : Math.round((Date.parse(now) - Date.parse(refreshedAt)) / 60_000);
  const read = age === null ? 'AWS Organizations has not been read yet' : `AWS Organizations was read ${age} min ago`;
  return problem === null ? `${read}.` : `${read}; the newest attempt failed: ${problem.message} ${problem.hint}`;
}
