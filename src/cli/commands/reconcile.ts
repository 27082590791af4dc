import type { JournalledCall, TrailEvent } from '../../domain/trail.ts';
import { operationOf } from '../../domain/trail.ts';
import { type Reconciled, reconcile } from '../../flow/reconcile.ts';
import { type CliContext, type Command, EXIT, UsageError } from '../command.ts';
import { accountName, harmless, paint, printJson, table } from '../print.ts';

/** CloudTrail's event history goes back so far. */
const MOST_HOURS = 90 * 24;
const UNITS: Readonly<Record<string, number>> = { m: 60, h: 3_600, d: 86_400 };

/** Does AWS show what the journal says, and nothing else? */
const command: Command = {
  name: 'reconcile',
  usage: ['[--since 24h] [--account ALIAS or ID]'],
  summary:
    'Compare the journal with CloudTrail: changes that no run explains, and steps that AWS does not show. Exit code 1 when anything differs or could not be read.',
  options: { since: { type: 'string' }, account: { type: 'string' } },
  needs: 'product',
  async run(context: CliContext) {
    if (context.args.length > 0) throw new UsageError('It takes options only.');
    const sinceSeconds = duration(context.flags['since'] ?? '24h');
    const accountId = await accountOf(context);
    const result = await reconcile(context.deps, context.actor, {
      sinceSeconds,
      ...(accountId !== undefined && { accountId }),
    });
    if (context.json) printJson(context, result);
    else await print(context, result);
    return result.orphans.length + result.missing.length + result.unknown.length === 0 ? EXIT.ok : EXIT.failed;
  },
};

function duration(text: string | boolean): number {
  const [, count, unit = ''] = /^(\d{1,5})([mhd])$/.exec(String(text)) ?? [];
  const seconds = Number(count) * (UNITS[unit] ?? Number.NaN);
  if (!(seconds > 0 && seconds <= MOST_HOURS * 3_600))
    throw new UsageError('--since is a duration such as 90m, 24h or 7d; CloudTrail’s event history holds 90 days.');
  return seconds;
}

async function accountOf({ flags, deps }: CliContext): Promise<string | undefined> {
  const wanted = flags['account'];
  if (wanted === undefined) return undefined;
  const { accounts } = await deps.settings.current();
  const account = accounts.find(({ id, alias }) => id === wanted || alias === wanted);
  if (!account) throw new UsageError(`There is no account ${harmless(String(wanted), 60)}; see accounts.`);
  return account.id;
}

async function print(context: CliContext, result: Reconciled): Promise<void> {
  const settings = await context.deps.settings.current();
  const name = (id: string): string => accountName(settings, id);
  const { orphans, missing, notYet, unknown, agreed, read } = result;
  context.out(
    `${result.from} to ${result.to}: ${agreed.length} steps agree with CloudTrail, in ${read} accounts and Regions.`,
  );
  if (notYet.length > 0)
    context.out(`Not yet: ${notYet.length} steps are younger than CloudTrail’s delay of up to 15 minutes; ask again.`);
  if (orphans.length > 0) {
    context.out('');
    context.out(paint(context, 'red', `${orphans.length} CHANGES IN AWS THAT NO JOURNAL EXPLAINS`));
    table(
      context,
      ['AT', 'CALL', 'ACCOUNT', 'REGION', 'RUN', 'EVENT'],
      orphans.map((one) => orphanCells(one, name)),
      '',
    );
    context.out(
      'Their runs are left to people (needs-human), as far as they are on record; look at CloudTrail by the event’s id.',
    );
  }
  if (missing.length > 0) {
    context.out('');
    context.out(paint(context, 'yellow', `${missing.length} STEPS THAT AWS DOES NOT SHOW`));
    table(
      context,
      ['DONE', 'CALL', 'ACCOUNT', 'REGION', 'RUN', 'STEP'],
      missing.map((one) => missingCells(one, name)),
      '',
    );
    context.out('Look whether CloudTrail is on there, and whether the change is.');
  }
  if (unknown.length > 0) {
    context.out('');
    context.out(paint(context, 'yellow', `NOT KNOWN: ${unknown.length} accounts and Regions could not be read`));
    for (const { accountId, region, why, hint } of unknown)
      context.out(`  ${name(accountId)}, ${region}: ${harmless(why, 200)} ${harmless(hint, 200)}`);
  }
  if (orphans.length + missing.length + unknown.length === 0)
    context.out(paint(context, 'green', notYet.length === 0 ? 'Everything agrees.' : 'All else agrees.'));
}

function orphanCells(event: TrailEvent, name: (id: string) => string): readonly string[] {
  return [
    event.at,
    harmless(`${event.service}:${operationOf(event)}`, 60),
    name(event.accountId),
    event.region,
    harmless(event.sourceIdentity ?? 'none', 40),
    harmless(event.id, 40),
  ];
}

function missingCells(call: JournalledCall, name: (id: string) => string): readonly string[] {
  return [
    call.doneAt ?? call.intentAt,
    `${call.service}:${call.operation}`,
    name(call.accountId),
    call.region,
    call.runId,
    call.stepId,
  ];
}

export default command;
