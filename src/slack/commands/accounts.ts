import { type Account, accountLabel } from '../../domain/account.ts';
import type { AccountHealth } from '../../ports.ts';
import type { RichLine } from '../cards/parts.ts';
import { joinMrkdwn, mention, mrkdwn, node, strong } from '../escape.ts';
import { listing, misuse, saying } from './answer.ts';
import type { Command } from './contract.ts';

const USAGE = 'accounts [ALIAS or ID]';
const SHOWN = 25;

/** The accounts of cordon.yaml, whether Cordon may act there, and whether its roles work. */
export default {
  name: 'accounts',
  usage: USAGE,
  summary: 'accounts, their owners, and whether the roles there work',
  async run({ deps }, words) {
    const settings = await deps.settings.current();
    const health = await deps.store.read.health.list();
    const wanted = words[0];
    if (wanted === undefined) {
      const lines = settings.accounts.slice(0, SHOWN).map((account) => accountLine(account, health));
      const more = settings.accounts.length - SHOWN;
      return listing(
        'Accounts',
        lines,
        more > 0 ? mrkdwn`${more} more: name one with \`/cordon ${USAGE}\`.` : undefined,
      );
    }
    const account = settings.accounts.find((one) => one.alias === wanted || one.id === wanted);
    if (account === undefined) return misuse(USAGE, `No account “${wanted}” in cordon.yaml.`);
    const owners = account.owners.length === 0 ? mrkdwn`nobody` : joinMrkdwn(account.owners.map(mention), ', ');
    const checks = health
      .filter((row) => row.accountId === account.id)
      .map((row) => mrkdwn`\n${row.purpose} role: ${row.state}. ${row.detail} ${row.hint}`);
    return saying(
      mrkdwn`${accountLabel(account, account.id)}, ${account.environment ?? 'no environment named'}. Owners: ${owners}. ${acting(account)}. Regions: ${account.regions.join(', ')}.${joinMrkdwn(checks, '')}`,
    );
  },
} satisfies Command as Command;

function acting(account: Account): string {
  return account.act ? 'Plans can be approved and run' : 'Observe-only: plans are shown, nothing is run';
}

function accountLine(account: Account, health: readonly AccountHealth[]): RichLine {
  const checked = health.filter((row) => row.accountId === account.id);
  const sick = checked.filter((row) => row.state !== 'ok').map((row) => `${row.purpose} role ${row.state}`);
  const state = checked.length === 0 ? 'not checked yet' : sick.length === 0 ? 'roles work' : sick.join(', ');
  return [
    strong(accountLabel(account, account.id)),
    node(` · ${account.environment ?? '–'} · ${account.act ? 'may act' : 'observe-only'} · ${state}`, 200),
  ];
}
