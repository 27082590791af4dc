import type { Account } from '../../domain/account.ts';
import type { AccountHealth } from '../../ports.ts';
import { type CliContext, type Command, EXIT } from '../command.ts';
import { printJson, table } from '../print.ts';

/** Accounts with what their roles must be deployed with. */
const command: Command = {
  name: 'accounts',
  usage: [],
  summary: 'List the accounts with owners, ExternalId and the health of their roles.',
  needs: 'product',
  async run(context: CliContext) {
    const { accounts } = await context.deps.settings.current();
    const health = await context.deps.store.read.health.list();
    const rows = accounts.map((account) => describe(context, account, health));
    if (context.json) {
      for (const row of rows) printJson(context, row);
      return EXIT.ok;
    }
    const heading = ['ALIAS', 'ACCOUNT', 'ENVIRONMENT', 'OWNERS', 'ACTS', 'READ ROLE', 'ACT ROLE', 'EXTERNAL ID'];
    const cells = rows.map((row) => [
      row.alias,
      row.id,
      row.environment ?? '-',
      row.owners.join(' ') || '-',
      row.act ? 'yes' : 'no (observe only)',
      row.health.read ?? 'not checked',
      row.act ? (row.health.act ?? 'not checked') : '-',
      row.externalId,
    ]);
    table(context, heading, cells, 'No accounts in the settings file.');
    return EXIT.ok;
  },
};

function describe({ tools }: CliContext, account: Account, health: readonly AccountHealth[]) {
  const state = (purpose: AccountHealth['purpose']): string | null =>
    health.find((row) => row.accountId === account.id && row.purpose === purpose)?.state ?? null;
  return {
    alias: account.alias,
    id: account.id,
    environment: account.environment ?? null,
    owners: account.owners,
    regions: account.regions,
    act: account.act,
    externalId: tools.externalId(account),
    health: { read: state('read'), act: state('act') },
  };
}

export default command;
