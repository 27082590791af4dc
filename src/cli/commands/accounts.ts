import { type AccountReport, accountReports, organizationText } from '../../flow/account-report.ts';
import { discover } from '../../flow/discover.ts';
import type { AccountHealth } from '../../ports.ts';
import { type CliContext, type Command, EXIT } from '../command.ts';
import { harmless, paint, printJson, table } from '../print.ts';

/** Accounts with what their roles must be deployed with, and what is wrong with them. */
const command: Command = {
  name: 'accounts',
  usage: ['[ALIAS or ID] [--problems] [--refresh]'],
  summary: 'List the accounts, those with troubles first: owners, unit, Regions, health of the roles, ExternalId.',
  options: { problems: { type: 'boolean' }, refresh: { type: 'boolean' } },
  needs: 'product',
  async run(context: CliContext) {
    const { deps, flags } = context;
    if (flags['refresh'] === true && !(await refreshed(context))) return EXIT.failed;
    const settings = await deps.settings.current();
    const [wanted] = context.args;
    const all = accountReports(settings, await deps.store.read.health.list());
    const reports = all
      .filter(({ account }) => wanted === undefined || account.alias === wanted || account.id === wanted)
      .filter(({ problems }) => flags['problems'] !== true || problems.length > 0);
    if (wanted !== undefined && reports.length === 0 && flags['problems'] !== true) {
      context.err(`There is no account “${wanted}”.`);
      return EXIT.failed;
    }
    if (context.json) {
      for (const report of reports) printJson(context, asJson(context, report));
      return EXIT.ok;
    }
    printTable(context, reports, flags['problems'] === true);
    printProblems(context, reports);
    const record = await deps.store.read.organization.head();
    const source = organizationText(settings, record, await deps.store.read.now());
    if (source !== undefined) context.out(`\n${harmless(source, 600)}`);
    return EXIT.ok;
  },
};

/** Reads the organization now; what comes of it holds at once. */
async function refreshed(context: CliContext): Promise<boolean> {
  const { deps, tools } = context;
  if (!(await deps.settings.current()).organization.discover) {
    context.err('organization.discover is not set in the settings: there is nothing to refresh.');
    return false;
  }
  const change = await discover(deps);
  if (change === undefined) {
    const { problem } = await deps.store.read.organization.head();
    context.err(harmless(`AWS Organizations could not be read: ${problem?.message ?? ''} ${problem?.hint ?? ''}`, 600));
    return false;
  }
  await tools.lookAtOrganization();
  if (!context.json)
    context.out(`${change.added.length} added, ${change.removed.length} removed, ${change.changed.length} changed.\n`);
  return true;
}

function printTable(context: CliContext, reports: readonly AccountReport[], problemsOnly: boolean): void {
  const heading = [
    'ALIAS',
    'ACCOUNT',
    'ENVIRONMENT',
    'UNIT',
    'OWNERS',
    'MODE',
    'READ ROLE',
    'ACT ROLE',
    'REGIONS',
    'FROM',
    'EXTERNAL ID',
  ];
  const cells = reports.map((report) => [
    harmless(report.account.alias, 60),
    report.account.id,
    report.account.environment ?? '-',
    harmless(report.account.unit ?? '-', 60),
    report.account.owners.join(' ') || '-',
    report.mode === 'left out' ? `left out: ${report.leftOut}` : report.mode,
    stateText(report, report.read),
    report.account.act ? stateText(report, report.act) : '-',
    regionsText(report),
    report.account.from ?? 'file',
    report.mode === 'left out' || report.mode === 'management' ? '-' : context.tools.externalId(report.account),
  ]);
  table(context, heading, cells, problemsOnly ? 'No account has a trouble.' : 'No accounts in the settings file.');
}

function stateText({ mode }: AccountReport, row: AccountHealth | undefined): string {
  if (row !== undefined) return row.state;
  return mode === 'management' || mode === 'left out' ? '-' : 'not checked';
}

function regionsText({ account, regionsOff }: AccountReport): string {
  return account.regions.map((region) => (regionsOff.includes(region) ? `${region} (off)` : region)).join(' ');
}

function printProblems(context: CliContext, reports: readonly AccountReport[]): void {
  for (const { label, problems } of reports) {
    for (const { what, hint } of problems) {
      context.out(`\n${paint(context, 'red', '!')} ${harmless(label, 90)}: ${harmless(what, 600)}`);
      if (hint !== '') context.out(`  ${harmless(hint, 400)}`);
    }
  }
}

function asJson({ tools }: CliContext, report: AccountReport) {
  const { account, read, act } = report;
  return {
    alias: account.alias,
    id: account.id,
    environment: account.environment ?? null,
    unit: account.unit ?? null,
    owners: account.owners,
    regions: account.regions,
    regionsOff: report.regionsOff,
    mode: report.mode,
    leftOut: report.leftOut || null,
    act: account.act,
    from: account.from ?? 'file',
    externalId: tools.externalId(account),
    health: { read: read?.state ?? null, act: act?.state ?? null },
    checkedAt: read?.checkedAt ?? null,
    problems: report.problems,
  };
}

export default command;
