import type { KnownBlock } from '@slack/types';
import { type Account, accountLabel } from '../../domain/account.ts';
import { canonicalJson } from '../../domain/json.ts';
import { type Plan, type PlanStep, type Statement, sessionStatements } from '../../domain/plan.ts';
import { type BlockIds, blocks, context, facts, line, list, preformatted, shortHash } from '../cards/parts.ts';
import { clean, exact, mrkdwn, node, strong } from '../escape.ts';
import { RISK_LABELS } from '../labels.ts';
import { chunks } from './frame.ts';

/** Most blocks that a plan may take of a modal's hundred, and most characters of its 250,000. */
const PLAN_BLOCKS = 80;
const PLAN_CHARACTERS = 180_000;
const BLOCK_CHARACTERS = 2_800;

/** The whole plan, nothing left out: what is approved is what is read here. Undefined when it does not fit, because a part is not the plan. */
export function planPage(plan: Plan, hash: string, account: Account | undefined): readonly KnownBlock[] | undefined {
  const ids: BlockIds = { kind: 'plan', id: plan.runId, rev: 0 };
  const page = blocks(
    list(ids, 'summary', plan.kind === 'rollback' ? 'Roll back: what this does' : 'What this does', [
      line(plan.summary, 1_000),
      [node('Target: '), strong(plan.target.arn, 2_048)],
    ]),
    facts(ids, 'where', [
      { label: 'Account', value: mrkdwn`${accountLabel(account, plan.accountId)}` },
      { label: 'Region', value: mrkdwn`${plan.region}` },
      { label: 'Risk', value: mrkdwn`${RISK_LABELS[plan.risk]}${plan.twoPeople ? '; two people' : ''}` },
      { label: 'Action', value: mrkdwn`${plan.action.id} version ${plan.action.version}` },
    ]),
    ...chunked(ids, 'diff', 'Before and after, as read from AWS for this plan', exactDiff(plan)),
    list(
      ids,
      'blast',
      'Blast radius',
      plan.blastRadius.length === 0
        ? [line('Nothing beyond the target.')]
        : plan.blastRadius.map((text) => line(text, 1_000)),
    ),
    ...plan.steps.flatMap((step, index) =>
      chunked(
        ids,
        `step${index + 1}`,
        `Step ${index + 1} of ${plan.steps.length}: ${clean(step.title, 200)}`,
        stepLines(step),
      ),
    ),
    plan.steps.some((step) => canonicalJson(step.call.input).includes('{"$out":'))
      ? context(ids, 'out', [
          mrkdwn`\`{"$out":"step.name"}\` stands for what an earlier step of this plan gets back from AWS.`,
        ])
      : undefined,
    list(
      ids,
      'verify',
      'Verified afterwards by reading',
      plan.verify.map((probe) => line(`${probe.title} (reads ${canonicalJson(probe.expect)})`, 2_000)),
    ),
    list(ids, 'undo', 'Roll back', [line(undoText(plan), 1_000)]),
    ...chunked(ids, 'iam', 'What the session may do, and nothing else', sessionStatements(plan).map(statementLine)),
    context(ids, 'hash', [
      mrkdwn`Plan ${shortHash(hash)}`,
      mrkdwn`sha256 ${hash}`,
      mrkdwn`${plan.runId} · playbook ${plan.playbook.id} ${plan.playbook.version}, step ${plan.playbook.stepId}`,
    ]),
  );
  if (page.length > PLAN_BLOCKS || JSON.stringify(page).length > PLAN_CHARACTERS) return undefined;
  return page;
}

/** Values stand whole and to the letter, however long. */
function exactDiff(plan: Plan): readonly string[] {
  return plan.changes.flatMap((change) => [
    exact(`- ${change.path}: ${whole(change.before)}`),
    exact(`+ ${change.path}: ${whole(change.after)}`),
  ]);
}

function whole(value: Plan['changes'][number]['before']): string {
  return value === null ? '(none)' : canonicalJson(value);
}

function stepLines(step: PlanStep): readonly string[] {
  return [
    exact(`${step.call.service}:${step.call.operation}`),
    exact(canonicalJson(step.call.input)),
    ...step.precondition.map((probe) => exact(`only if: ${probe.title} (reads ${canonicalJson(probe.expect)})`)),
  ];
}

function statementLine(statement: Statement): string {
  const condition = statement.condition === undefined ? '' : ` if ${canonicalJson(statement.condition)}`;
  return exact(`${statement.actions.join(', ')} on ${statement.resources.join(', ')}${condition}`);
}

function undoText(plan: Plan): string {
  if (plan.kind === 'rollback')
    return `This undoes ${plan.undoes ?? 'an earlier run'}. If the target has changed since, nothing is run.`;
  return plan.rollback.available ? plan.rollback.summary : `Not possible: ${plan.rollback.why}`;
}

/** As many preformatted blocks as the lines need; a line longer than a block goes on in the next. */
function chunked(ids: BlockIds, part: string, heading: string, lines: readonly string[]): readonly KnownBlock[] {
  const pieces = lines.flatMap((text) => split(text, BLOCK_CHARACTERS));
  return chunks(pieces, BLOCK_CHARACTERS).map((piece, index) =>
    preformatted(ids, `${part}-${index}`, index === 0 ? heading : `${heading} (continued)`, piece),
  );
}

/** Two pieces and the break between them fit into one block, also when every character is of two units. */
function split(text: string, size: number): readonly string[] {
  const length = Math.floor(size / 2) - 1;
  const characters = [...text];
  const out: string[] = [];
  for (let at = 0; at < characters.length; at += length) out.push(characters.slice(at, at + length).join(''));
  return out.length === 0 ? ['–'] : out;
}
