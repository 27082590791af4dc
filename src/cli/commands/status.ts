import { messageOf } from '../../domain/errors.ts';
import { healthWords } from '../../domain/health.ts';
import { healthNow } from '../../flow/health.ts';
import { type CliContext, type Command, EXIT } from '../command.ts';
import { facts, harmless, paint, printJson } from '../print.ts';

/** Enough to tell a page that never lists more than this many. */
const MANY = 1000;

/** Is it stopped, what is open, what waits. */
const command: Command = {
  name: 'status',
  usage: [],
  summary: 'Show whether Cordon is stopped, what is open and what waits.',
  needs: 'product',
  async run(context: CliContext) {
    const state = await readState(context);
    if (context.json) printJson(context, state);
    else printState(context, state);
    return EXIT.ok;
  },
};

type State = Awaited<ReturnType<typeof readState>>;

async function readState({ deps }: CliContext) {
  const { read } = deps.store;
  const settingsProblem = await deps.settings.current().then(() => null, messageOf);
  const [settings, entries] = [await deps.lastGood.settings(), await healthNow(deps)];
  // The switch and the settings are told above the figures.
  const attention = entries
    .filter(({ kind }) => kind !== 'stopped' && kind !== 'settings-invalid')
    .map((entry) => ({ kind: entry.kind, ...healthWords(entry, settings.accounts) }));
  const [now, killSwitch, stopFile, incidents, findings, approvals, quarantined, messages, unsent] = await Promise.all([
    read.now(),
    read.killSwitch.get(),
    deps.stopRequested(),
    read.incidents.counts(),
    read.findings.count(),
    read.approvals.pending(MANY),
    read.deliveries.list({ state: 'quarantined', limit: MANY }),
    read.messages.backlog(),
    read.outbox.unsentCount(),
  ]);
  return {
    now,
    killSwitch,
    stopFile,
    settingsProblem,
    attention,
    incidents,
    findings,
    approvals: approvals.length,
    quarantined: quarantined.length,
    messages,
    unsent,
  };
}

function printState(context: CliContext, state: State): void {
  const { killSwitch, stopFile, incidents } = state;
  const stopped = killSwitch.stopped || stopFile;
  const why = killSwitch.stopped
    ? `by ${killSwitch.by} at ${killSwitch.at}: ${killSwitch.reason}`
    : 'by the STOP file in the data directory';
  context.out(
    stopped ? paint(context, 'red', `STOPPED ${why}`) : paint(context, 'green', 'Running: approved plans may be run.'),
  );
  if (state.settingsProblem !== null) {
    const [first = ''] = state.settingsProblem.split('\n');
    context.out(paint(context, 'red', `NOTHING IS PLANNED, APPROVED OR RUN: ${harmless(first, 300)}`));
    context.out('  doctor says what is wrong in it.');
  }
  for (const { what, todo } of state.attention) {
    context.out(paint(context, 'yellow', harmless(what, 400)));
    context.out(`  ${harmless(todo, 300)}`);
  }
  facts(context, [
    ['incidents', `${incidents.open} open, ${incidents.acknowledged} acknowledged, ${incidents.resolved} resolved`],
    ['findings', `${state.findings} stored`],
    ['approvals', `${state.approvals} waiting`],
    ['quarantine', state.quarantined === 0 ? 'empty' : `${state.quarantined} unreadable; see quarantine list`],
    [
      'Slack messages',
      state.messages.count === 0
        ? 'all delivered'
        : `${state.messages.count} waiting, the oldest ${Math.round(state.messages.oldestSeconds)} s`,
    ],
    ['outbox', state.unsent === 0 ? 'empty' : `${state.unsent} jobs not yet in the queue`],
    ['database time', state.now],
  ]);
}

export default command;
