import { type AccountReport, accountReports, organizationText } from '../../flow/account-report.ts';
import type { RichLine } from '../cards/parts.ts';
import { joinMrkdwn, mention, mrkdwn, node, strong } from '../escape.ts';
import { listing, misuse, saying } from './answer.ts';
import { type Command, readOptions } from './contract.ts';

const USAGE = 'accounts [ALIAS or ID] [--problems] [--page N]';
const SHOWN = 20;

/** The accounts, those with troubles first: whether Cordon may act there, and whether its roles work. */
export default {
  name: 'accounts',
  usage: USAGE,
  summary: 'accounts, their owners, and whether the roles there work; those with troubles first',
  async run({ deps }, words) {
    const { options, rest } = readOptions(words, ['page']);
    const settings = await deps.settings.current();
    const all = accountReports(settings, await deps.store.read.health.list());
    const [wanted] = rest;
    if (wanted !== undefined) {
      const report = all.find(({ account }) => account.alias === wanted || account.id === wanted);
      return report === undefined ? misuse(USAGE, `No account “${wanted}”.`) : saying(oneAccount(report));
    }
    const reports = options.has('problems') ? all.filter(({ problems }) => problems.length > 0) : all;
    const pages = Math.max(1, Math.ceil(reports.length / SHOWN));
    const page = Number(options.get('page') ?? '1');
    if (!Number.isInteger(page) || page < 1 || page > pages) return misuse(USAGE, `There are pages 1 to ${pages}.`);
    if (reports.length === 0) return saying(mrkdwn`No account has a trouble.`);
    const source = organizationText(settings, await deps.store.read.organization.head(), await deps.store.read.now());
    const sick = all.filter(({ problems }) => problems.length > 0).length;
    const counted = `${all.length} accounts, ${sick} with troubles. Page ${page} of ${pages}.`;
    const more = page < pages ? mrkdwn` More: \`/cordon accounts --page ${String(page + 1)}\`.` : mrkdwn``;
    return listing(
      'Accounts',
      reports.slice((page - 1) * SHOWN, page * SHOWN).map(accountLine),
      mrkdwn`${counted}${more}${source === undefined ? '' : ` ${source.slice(0, 400)}`}`,
    );
  },
} satisfies Command as Command;

function oneAccount(report: AccountReport) {
  const { account } = report;
  const owners = account.owners.length === 0 ? mrkdwn`nobody` : joinMrkdwn(account.owners.map(mention), ', ');
  const problems = report.problems.map(({ what, hint }) => mrkdwn`\n• ${what} ${hint}`);
  const unit = account.unit === undefined ? '' : ` Unit: ${account.unit}.`;
  const off = report.regionsOff.length === 0 ? '' : ` (off: ${report.regionsOff.join(', ')})`;
  return mrkdwn`${report.label}, ${account.environment ?? 'no environment named'}. Owners: ${owners}. ${modeText(report)}.${unit} Regions: ${account.regions.join(', ')}${off}. ${healthText(report)}.${joinMrkdwn(problems, '')}`;
}

function modeText({ mode, leftOut }: AccountReport): string {
  switch (mode) {
    case 'acts':
      return 'Plans can be approved and run';
    case 'observe only':
      return 'Observe-only: plans are shown, nothing is run';
    case 'management':
      return 'The management account: nothing is planned or run';
    case 'left out':
      return `Left out: ${leftOut}`;
  }
}

function healthText({ read, act, mode }: AccountReport): string {
  const rows = [read, act].filter((row) => row !== undefined);
  if (rows.length === 0) return mode === 'management' || mode === 'left out' ? 'not entered' : 'not checked yet';
  const sick = rows.filter((row) => row.state !== 'ok').map((row) => `${row.purpose} role ${row.state}`);
  return sick.length === 0 ? 'roles work' : sick.join(', ');
}

function accountLine(report: AccountReport): RichLine {
  const { account, mode } = report;
  const may = mode === 'acts' ? 'may act' : mode === 'observe only' ? 'observe-only' : mode;
  const hint = report.problems[0]?.hint ?? '';
  const next = hint === '' ? '' : ` · ${hint}`;
  return [strong(report.label), node(` · ${account.environment ?? '–'} · ${may} · ${healthText(report)}${next}`, 300)];
}
