import { type Account, accountLabel } from '../../domain/account.ts';
import type { Approval, Vote } from '../../domain/approval.ts';
import type { Plan } from '../../domain/plan.ts';
import type { JournalEntry, Run } from '../../domain/run.ts';
import type { Message } from '../block-limits.ts';
import { resourceLink } from '../console-link.ts';
import { clean, date, longer, type Mrkdwn, mention, mrkdwn, named, node, spoken, strong, utc } from '../escape.ts';
import { RUN_LABELS } from '../labels.ts';
import { voters } from './approval.ts';
import { notice } from './notice.ts';
import {
  actions,
  type BlockIds,
  blocks,
  button,
  context,
  type Fact,
  facts,
  header,
  line,
  linkLine,
  list,
  type RichLine,
  section,
  sentence,
  shortHash,
} from './parts.ts';

/** All that a run's message shows: the steps while it runs, then the result. */
export interface RunView {
  readonly run: Run;
  readonly plan: Plan;
  readonly journal: readonly JournalEntry[];
  readonly approval: Approval | undefined;
  readonly votes: readonly Vote[];
  /** Display names by member id, of those that are known. */
  readonly names: ReadonlyMap<string, string>;
  readonly account: Account | undefined;
  /** The incident is a console sample. */
  readonly sample: boolean;
  readonly rev: number;
}

type StepState = 'waiting' | 'running' | 'done' | 'read back' | 'failed';
const STEP_SHAPES: Readonly<Record<StepState, string>> = {
  waiting: '○',
  running: '◐',
  done: '●',
  'read back': '↺',
  failed: '✕',
};

/** One message a run, edited with every step; it ends as the result with the next safe step. */
export function runCard(view: RunView): Message {
  const { run, plan } = view;
  const ids: BlockIds = { kind: 'run', id: run.id, rev: view.rev };
  const shown = plan.steps.slice(0, 11);
  const more = plan.steps.length - shown.length;
  return {
    text: runText(view),
    blocks: blocks(
      header(ids, headline(view)),
      section(ids, 'state', resultLine(view)),
      facts(ids, 'facts', runFacts(view)),
      list(
        ids,
        'steps',
        'Steps',
        [
          ...shown.map((step, index) => stepLine(view, step.title, index)),
          ...(more > 0 ? [line(`and ${more} more steps`)] : []),
        ],
        'ordered',
      ),
      linkLine(ids, resourceLink(plan.target, plan.partition, plan.region)),
      evidence(ids, view),
      asked(ids, view),
      actions(ids, runButtons(view)),
      context(ids, 'foot', [mrkdwn`${run.id} · ${run.incidentId} · plan sha256 ${shortHash(run.planHash ?? '')}`]),
    ),
  };
}

/** Where each step stands by the journal; an intent without an end is running. */
function stepState(journal: readonly JournalEntry[], index: number): StepState {
  const entry = journal.find((row) => row.stepIndex === index);
  if (entry === undefined) return 'waiting';
  switch (entry.state) {
    case 'intent':
      return 'running';
    case 'failed':
      return 'failed';
    case 'done':
      return entry.readBack ? 'read back' : 'done';
  }
}

function stepLine({ journal }: RunView, title: string, index: number): RichLine {
  const state = stepState(journal, index);
  const error = journal.find((row) => row.stepIndex === index)?.error ?? null;
  return [
    strong(`${STEP_SHAPES[state]} ${state}`),
    node(` · ${clean(title, 100)}`),
    ...(error === null ? [] : [node(`: ${clean(error, 120)}`)]),
  ];
}

function headline({ run, plan, account, sample }: RunView): string {
  const undo = plan.kind === 'rollback' ? 'Roll back: ' : '';
  return `${sample ? 'SAMPLE · ' : ''}${stateWord(run)} · ${undo}${plan.action.title}: ${clean(plan.target.id, 50)} (${account?.alias ?? 'unlisted account'})`;
}

function stateWord(run: Run): string {
  switch (run.state) {
    case 'verified':
      return 'DONE ● verified';
    case 'unverified':
      return 'CHANGED ◐ unverified';
    case 'failed':
      return 'FAILED ✕';
    case 'needs-human':
      return 'STOPPED ✕ needs a person';
    case 'stale':
      return 'STALE ○ nothing was run';
    case 'cancelled':
      return 'CANCELLED ○ nothing was run';
    case 'planning':
    case 'planned':
    case 'refused':
    case 'approved':
    case 'executing':
    case 'verifying':
      return RUN_LABELS[run.state].replace(/^./, (first) => first.toUpperCase());
  }
}

/** What is true now, and what to do next. */
function resultLine(view: RunView): Mrkdwn {
  const { run, plan } = view;
  const why = run.stateReason === null ? mrkdwn`` : mrkdwn` ${longer(run.stateReason, 400)}`;
  switch (run.state) {
    case 'verified':
      return mrkdwn`● Verified by reading AWS again: ${sentence(clean(plan.summary, 240))}`;
    case 'unverified':
      return mrkdwn`◐ Changed, unverified: every step was accepted, but reading AWS again does not show the result.${why} Next safe step: look at the resource yourself${offersRollback(view) ? mrkdwn`, then keep it or roll back` : mrkdwn``}. The finding stays open.`;
    case 'failed':
      return mrkdwn`✕ ${changedSoFar(view)}${why} Next safe step: ${offersRollback(view) ? 'roll back what was changed, or run the step again to see a new plan.' : 'run the step again to see a new plan.'} A new plan needs new approvals.`;
    case 'needs-human':
      return mrkdwn`✕ ${changedSoFar(view)} A step may or may not have taken effect, so nothing more is sent.${why} Next safe step: compare the resource with the plan by hand.`;
    case 'stale':
      return mrkdwn`○ Nothing was run: what was approved is not what would run now.${why}`;
    case 'cancelled':
      return mrkdwn`○ Nothing was run.${why}`;
    case 'planning':
    case 'planned':
    case 'refused':
    case 'approved':
    case 'executing':
    case 'verifying':
      return mrkdwn`${progress(view)}${why}`;
  }
}

function progress({ run, plan, journal }: RunView): Mrkdwn {
  const ended = plan.steps.filter((_, index) => ['done', 'read back'].includes(stepState(journal, index))).length;
  return mrkdwn`${RUN_LABELS[run.state]}: ${ended} of ${plan.steps.length} steps done.`;
}

function changedSoFar({ plan, journal }: RunView): Mrkdwn {
  const titles = (wanted: readonly StepState[]) =>
    plan.steps.filter((_, index) => wanted.includes(stepState(journal, index))).map((step) => clean(step.title, 80));
  const done = titles(['done', 'read back']);
  const unclear = titles(['running']);
  const not = titles(['waiting', 'failed']);
  const part = (label: string, names: readonly string[]) =>
    names.length === 0
      ? mrkdwn``
      : mrkdwn` ${label}: ${names.slice(0, 5).join('; ')}${names.length > 5 ? ` and ${names.length - 5} more` : ''}.`;
  return mrkdwn`${done.length === 0 && unclear.length === 0 ? 'Nothing was changed.' : 'Partly changed.'}${part('Changed', done)}${part('Not known', unclear)}${part('Not changed', not)}`;
}

/** True where a roll back may be asked for: a forward run that changed something, has a recorded way back, and was not undone. */
function offersRollback({ run, plan, journal, account }: RunView): boolean {
  if (plan.kind === 'rollback' || !plan.rollback.available || run.undoneBy !== null || account?.act !== true)
    return false;
  if (run.state === 'verified' || run.state === 'unverified') return true;
  return run.state === 'failed' && journal.some((entry) => entry.state === 'done');
}

function runFacts({ run, plan, approval, votes, account }: RunView): readonly Fact[] {
  const took = run.startedAt !== null && run.finishedAt !== null ? seconds(run.startedAt, run.finishedAt) : undefined;
  return [
    { label: 'Account', value: mrkdwn`${accountLabel(account, plan.accountId)}` },
    { label: 'Region', value: mrkdwn`${plan.region}` },
    { label: 'Asked for by', value: mention(run.requestedBy) },
    { label: 'Approval', value: approvedBy(approval, votes) },
    ...(run.startedAt === null ? [] : [{ label: 'Started', value: date(run.startedAt) }]),
    ...(took === undefined ? [] : [{ label: 'Took', value: mrkdwn`${took}` }]),
  ];
}

/** `REQ-…, approved by @alice and @bo`. */
function approvedBy(approval: Approval | undefined, votes: readonly Vote[], say = mention): Mrkdwn {
  if (approval === undefined) return mrkdwn`–`;
  return votes.some(({ decision }) => decision === 'approve')
    ? mrkdwn`${approval.id}, approved by ${voters(votes, 'approve', say)}`
    : mrkdwn`${approval.id}`;
}

/** Why it was asked for. */
function asked(ids: BlockIds, { approval }: RunView) {
  return approval === undefined
    ? undefined
    : context(ids, 'why', [mrkdwn`Reason given: ${clean(approval.reason, 200)}`]);
}

function seconds(from: string, to: string): string {
  return `${Math.max(0, Math.round((Date.parse(to) - Date.parse(from)) / 1000))} s`;
}

/** What was read back after a verified run, and the way back. */
function evidence(ids: BlockIds, view: RunView) {
  const { run, plan } = view;
  if (run.undoneBy !== null) return context(ids, 'undo', [mrkdwn`Undone by ${run.undoneBy}.`]);
  if (run.state === 'verified') {
    const checks = plan.verify.slice(0, 5).map((probe) => mrkdwn`Read back: ${clean(probe.title, 160)}`);
    return context(ids, 'evidence', [...checks, wayBack(plan)]);
  }
  return run.state === 'unverified' || run.state === 'failed' ? context(ids, 'undo', [wayBack(plan)]) : undefined;
}

function wayBack(plan: Plan): Mrkdwn {
  if (plan.kind === 'rollback') return mrkdwn`This was the roll back of ${plan.undoes ?? 'an earlier run'}.`;
  return plan.rollback.available
    ? mrkdwn`Roll back: ${clean(plan.rollback.summary, 200)}`
    : mrkdwn`Roll back: not possible. ${clean(plan.rollback.why, 200)}`;
}

function runButtons(view: RunView) {
  return offersRollback(view)
    ? [button('cordon.roll-back', 'Roll back', `${view.run.id}:${view.run.rev}`, 'danger')]
    : [];
}

/** How a run ended, for the one who asked for it; the same sentences as the run's own message. */
export function runEnded(view: RunView): Message {
  return notice({ kind: 'dm', id: view.run.id, rev: view.rev }, runSentences(view));
}

function runText(view: RunView): string {
  return spoken(runSentences(view));
}

function runSentences(view: RunView): Mrkdwn {
  const { run, plan, account, approval, votes } = view;
  const say = (personId: string) => named(personId, view.names);
  const why = approval === undefined ? mrkdwn`` : mrkdwn`, reason: “${clean(approval.reason, 160)}”`;
  const who = mrkdwn`Asked for by ${say(run.requestedBy)}${why}. Approval: ${approvedBy(approval, votes, say)}.`;
  const finished = run.finishedAt === null ? mrkdwn`` : mrkdwn` Ended ${utc(run.finishedAt)}.`;
  return mrkdwn`${headline(view)}. ${sentence(clean(plan.summary, 200))} Account ${accountLabel(account, plan.accountId)}, ${plan.region}. ${resultLine(view)}${finished} ${who} ${run.id} of ${run.incidentId}.`;
}
