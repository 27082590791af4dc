import type { Message } from '../block-limits.ts';
import { LIMITS } from '../block-limits.ts';
import { SlackCallError } from '../calls.ts';
import { approvalCard } from '../cards/approval.ts';
import { incidentCard } from '../cards/incident.ts';
import { type BlockIds, list, type RichLine } from '../cards/parts.ts';
import { runCard } from '../cards/run.ts';
import { clean, mrkdwn, node, strong } from '../escape.ts';
import type { StepOption } from '../flow-api.ts';
import { loadApproval, loadIncident, loadRun } from '../load.ts';
import type { Visitor } from '../visitor.ts';
import { misuse, saying } from './answer.ts';
import type { Command } from './contract.ts';

const USAGE = 'show INC, REQ or RUN';

/** The newest state of one thing, to read; the buttons are on the card itself, to which it links. */
export default {
  name: 'show',
  usage: USAGE,
  summary: 'one incident with all steps of its playbook, one request or one run',
  async run(visitor, words) {
    const id = (words[0] ?? '').toUpperCase();
    if (/^INC-\d{4}-\d{1,9}$/.test(id)) return showIncident(visitor, id);
    if (/^REQ-[A-Z0-9]{4,16}$/.test(id)) {
      const view = await loadApproval(visitor.deps, id, 0);
      return view === undefined ? missing(id) : toRead(visitor, approvalCard(view), `approval:${id}`);
    }
    if (/^RUN-[A-Z0-9]{4,16}$/.test(id)) {
      const view = await loadRun(visitor.deps, id, 0);
      return view === undefined ? missing(id) : toRead(visitor, runCard(view), `run:${id}`);
    }
    return misuse(USAGE, 'Say which one, for example INC-2026-0142.');
  },
} satisfies Command as Command;

async function showIncident(visitor: Visitor, id: string): Promise<Message> {
  const view = await loadIncident(visitor.deps, id, 0);
  if (view === undefined) return missing(id);
  const ids: BlockIds = { kind: 'show', id, rev: 0 };
  const message = await toRead(visitor, incidentCard(view), `card:${id}`);
  const room = LIMITS.messageCharacters - JSON.stringify(message.blocks).length - 300;
  const lines = stepLines(view.steps, room);
  return lines.length === 0
    ? message
    : { ...message, blocks: [...message.blocks, list(ids, 'steps', 'Steps of the playbook', lines)] };
}

/** The longest guidance, in characters a step, with which every step fits; the shortest when none does. */
function stepLines(steps: readonly StepOption[], room: number): readonly RichLine[] {
  for (const most of [1_000, 600, 400, 300]) {
    const lines = steps.map((step) => stepLine(step, most));
    if (fitting(lines, room).at(-1) === lines.at(-1)) return lines;
  }
  return fitting(
    steps.map((step) => stepLine(step, 220)),
    room,
  );
}

function stepLine(step: StepOption, most: number): RichLine {
  const target = step.target === null ? '' : ` · ${clean(step.target, 60)}`;
  const state = step.runnable ? 'can be run' : step.action === null ? 'by hand' : 'not now';
  const why = step.action === null ? (step.guidance ?? step.whyNot) : step.whyNot;
  return [
    strong(`${step.phase}: ${step.title}`, 120),
    node(`${target} (${state})`, 100),
    ...(why === null ? [] : [node(`: ${why}`, most)]),
  ];
}

function fitting(lines: readonly RichLine[], room: number): readonly RichLine[] {
  const kept: RichLine[] = [];
  let left = room - 120;
  for (const [index, line] of lines.entries()) {
    left -= JSON.stringify(line).length + 60;
    if (left < 0) return [...kept, [node(`and ${lines.length - index} more steps`)]];
    kept.push(line);
  }
  return kept;
}

/** Without buttons, since they live on the card that everybody sees; with the way there. */
async function toRead({ deps, permalink }: Visitor, message: Message, key: string): Promise<Message> {
  const row = await deps.store.read.messages.get(key);
  const readable = message.blocks.filter((block) => block.type !== 'actions');
  if (row?.channel == null || row.ts === null) return { ...message, blocks: readable };
  try {
    const url = await permalink({ channel: row.channel, ts: row.ts });
    return {
      ...message,
      blocks: [
        {
          type: 'rich_text',
          block_id: 'show:link',
          elements: [{ type: 'rich_text_section', elements: [{ type: 'link', url, text: 'Open it in its channel' }] }],
        },
        ...readable,
      ],
    };
  } catch (error) {
    if (!(error instanceof SlackCallError)) throw error;
    deps.log.warn({ key, slack: error.slackCode }, 'no permalink');
    return { ...message, blocks: readable };
  }
}

function missing(id: string): Message {
  return saying(mrkdwn`There is no ${id}. See \`/cordon list\`.`);
}
