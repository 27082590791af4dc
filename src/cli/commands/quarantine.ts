import { replayQuarantined } from '../../flow/ingest.ts';
import type { Delivery } from '../../ports.ts';
import { type CliContext, type Command, EXIT, UsageError } from '../command.ts';
import { refusedLine } from '../outcome-line.ts';
import { facts, harmless, printJson, table } from '../print.ts';

const MANY = 500;
const BODY_LIMIT = 20_000;

/** Messages that could not be read: kept with the reason and the whole body. */
const command: Command = {
  name: 'quarantine',
  usage: ['list', 'show DELIVERY', 'replay DELIVERY'],
  summary: 'List, show or replay messages that could not be read.',
  needs: 'product',
  async run(context: CliContext) {
    const [verb, id, ...rest] = context.args;
    if (verb === 'list' && id === undefined) return list(context);
    if (id === undefined || rest.length > 0) throw new UsageError('Say list, or show or replay with one delivery id.');
    if (verb === 'show') return show(context, id);
    if (verb === 'replay') return replay(context, id);
    throw new UsageError(`There is no “quarantine ${verb ?? ''}”.`);
  },
};

async function list(context: CliContext): Promise<number> {
  const deliveries = await context.deps.store.read.deliveries.list({ state: 'quarantined', limit: MANY });
  if (context.json) {
    for (const { body: _, ...row } of deliveries) printJson(context, row);
    return EXIT.ok;
  }
  const rows = deliveries.map((row) => [
    row.id,
    row.transport,
    row.receivedAt,
    row.problem?.code ?? '-',
    harmless(problemText(row), 100),
  ]);
  table(context, ['DELIVERY', 'BY', 'RECEIVED', 'CODE', 'WHY'], rows, 'The quarantine is empty.');
  return EXIT.ok;
}

async function show(context: CliContext, id: string): Promise<number> {
  const delivery = await context.deps.store.read.deliveries.get(id);
  if (delivery === undefined) {
    context.err(`There is no delivery ${harmless(id, 40)}. See quarantine list.`);
    return EXIT.failed;
  }
  if (context.json) {
    printJson(context, delivery);
    return EXIT.ok;
  }
  facts(context, [
    ['delivery', delivery.id],
    ['state', delivery.state],
    ['came by', `${delivery.transport} as ${harmless(delivery.transportId)}`],
    ['received', delivery.receivedAt],
    ['problem', delivery.problem === null ? 'none' : `${delivery.problem.code}: ${harmless(problemText(delivery))}`],
    ['what to do', delivery.problem === null ? '-' : harmless(delivery.problem.hint)],
    ['body', `${delivery.body.length} characters; with --json byte for byte`],
  ]);
  for (const line of delivery.body.slice(0, BODY_LIMIT).split('\n')) context.out(harmless(line, 2000));
  return EXIT.ok;
}

async function replay(context: CliContext, id: string): Promise<number> {
  const outcome = await replayQuarantined(context.deps, context.actor, id);
  if (!outcome.ok) return refusedLine(context, outcome.refusal);
  context.out(`${id} is on its way through triage again.`);
  return EXIT.ok;
}

function problemText({ problem }: Delivery): string {
  if (problem === null) return '';
  return problem.field === '' ? problem.message : `${problem.field}: ${problem.message}`;
}

export default command;
