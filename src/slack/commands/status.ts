import type { KillSwitch } from '../../ports.ts';
import { healthLines } from '../cards/health.ts';
import type { RichLine } from '../cards/parts.ts';
import { section } from '../cards/parts.ts';
import { mention, mrkdwn, node, strong, utc } from '../escape.ts';
import { STATE_LABELS } from '../labels.ts';
import { listing } from './answer.ts';
import type { Command } from './contract.ts';

/** Whether Cordon acts, what waits, and what is wrong. */
export default {
  name: 'status',
  usage: 'status',
  summary: 'whether Cordon may act, what is open, what waits, what is wrong with Cordon itself',
  async run({ deps }) {
    const { read } = deps.store;
    const settings = await deps.settings.current();
    const counts = await read.incidents.counts();
    const pending = await read.approvals.pending(100);
    const backlog = await read.messages.backlog();
    const wrong = (await deps.api.health()).filter((entry) => entry.kind !== 'stopped');
    const lines: readonly RichLine[] = [
      [
        strong('Incidents: '),
        node(
          `${counts.open} ${STATE_LABELS.open.toLowerCase()}, ${counts.acknowledged} acknowledged, ${counts.resolved} resolved, of ${await read.findings.count()} findings`,
        ),
      ],
      [strong('Waiting for approval: '), node(upTo(pending.length))],
      [
        strong('Messages not yet in Slack: '),
        node(`${backlog.count}${backlog.count > 0 ? `, the oldest for ${Math.round(backlog.oldestSeconds)} s` : ''}`),
      ],
      [strong('Work not yet handed to the queue: '), node(String(await read.outbox.unsentCount()))],
      ...healthLines(wrong, settings),
    ];
    return listing(
      'Status',
      lines,
      undefined,
      section({ kind: 'answer', id: 'status', rev: 0 }, 'switch', switchText(await read.killSwitch.get())),
    );
  },
} satisfies Command as Command;

function upTo(count: number): string {
  return count >= 100 ? '100 or more' : String(count);
}

/** The kill switch in words. */
export function switchText(state: KillSwitch) {
  if (!state.stopped) return mrkdwn`● Running: approved plans are carried out.`;
  const by = state.by === null ? mrkdwn`somebody` : mention(state.by);
  const at = state.at === null ? mrkdwn`` : mrkdwn` at ${utc(state.at)}`;
  return mrkdwn`✕ STOPPED by ${by}${at}: ${state.reason ?? 'no reason given'}. Nothing in AWS is changed until two operators resume (${state.resumeVotes.length} of 2).`;
}
