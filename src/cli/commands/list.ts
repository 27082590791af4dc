import type { IncidentState } from '../../domain/incident.ts';
import { type CliContext, type Command, EXIT, UsageError } from '../command.ts';
import { accountName, harmless, printJson, table } from '../print.ts';

const STATES: readonly IncidentState[] = ['open', 'acknowledged', 'resolved'];

/** Incidents, newest first. */
const command: Command = {
  name: 'list',
  usage: ['[--all | --state STATE] [--account ID] [--limit N]'],
  summary: 'List incidents; without options those that are open or acknowledged.',
  options: {
    all: { type: 'boolean' },
    state: { type: 'string' },
    account: { type: 'string' },
    limit: { type: 'string' },
  },
  needs: 'product',
  async run(context: CliContext) {
    const account = context.flags['account'];
    const incidents = await context.deps.store.read.incidents.list({
      states: statesOf(context),
      ...(typeof account === 'string' ? { accountId: account } : {}),
      limit: limitOf(context.flags['limit']),
    });
    if (context.json) {
      for (const incident of incidents) printJson(context, incident);
      return EXIT.ok;
    }
    const settings = await context.deps.settings.current();
    const rows = incidents.map((incident) => [
      incident.id,
      incident.severity + (incident.sample ? ' (sample)' : ''),
      incident.state,
      accountName(settings, incident.accountId),
      incident.region,
      harmless(incident.subject, 60),
      incident.playbookId,
      incident.lastSeenAt,
    ]);
    table(
      context,
      ['INCIDENT', 'SEVERITY', 'STATE', 'ACCOUNT', 'REGION', 'SUBJECT', 'PLAYBOOK', 'LAST SEEN'],
      rows,
      'No incidents.',
    );
    return EXIT.ok;
  },
};

function statesOf({ flags }: CliContext): readonly IncidentState[] {
  if (flags['all'] === true) return STATES;
  if (flags['state'] === undefined) return ['open', 'acknowledged'];
  const state = STATES.find((known) => known === flags['state']);
  if (state === undefined) throw new UsageError(`--state is one of ${STATES.join(', ')}.`);
  return [state];
}

function limitOf(text: string | boolean | undefined): number {
  if (text === undefined) return 50;
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 1 || limit > 1000)
    throw new UsageError('--limit is a number from 1 to 1000.');
  return limit;
}

export default command;
