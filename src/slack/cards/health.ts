import { type HealthReport, healthWords } from '../../domain/health.ts';
import type { Settings } from '../../domain/settings.ts';
import { LIMITS, type Message } from '../block-limits.ts';
import { clean, cut, mrkdwn, node, strong, utc } from '../escape.ts';
import { blocks, list, type RichLine, section } from './parts.ts';

/** The one line in the operations channel: what is wrong with Cordon itself and what to do, or since when all is quiet. */
export function healthCard(report: HealthReport, settings: Settings, rev: number): Message {
  const ids = { kind: 'health', id: 'ops', rev };
  if (report.entries.length === 0) {
    const text = mrkdwn`● Cordon: all quiet since ${utc(report.quietSince)}.`;
    return { text: text.mrkdwn, blocks: blocks(section(ids, 'quiet', text)) };
  }
  const words = report.entries.map((entry) => healthWords(entry, settings.accounts));
  const count = words.length === 1 ? 'one thing needs' : `${words.length} things need`;
  const spoken = words.map(({ what, todo }) => mrkdwn`${clean(what, 400)} ${clean(todo, 300)}`.mrkdwn).join(' ');
  return {
    text: cut(`▲ Cordon: ${count} attention. ${spoken}`, LIMITS.messageText),
    blocks: blocks(list(ids, 'entries', `▲ Cordon: ${count} attention`, healthLines(report.entries, settings))),
  };
}

/** A bullet for each: what is so, and what to do. */
export function healthLines(entries: HealthReport['entries'], settings: Settings): readonly RichLine[] {
  return entries.map((entry): RichLine => {
    const { what, todo } = healthWords(entry, settings.accounts);
    const who = entry.kind === 'stopped' && /^[UW][A-Z0-9]{2,20}$/.test(entry.by) ? entry.by : undefined;
    if (who === undefined) return [strong(`${clean(what, 400)} `), node(todo, 300)];
    const [before = '', ...after] = what.split(who);
    return [strong(before), { type: 'user', user_id: who }, strong(`${clean(after.join(who), 400)} `), node(todo, 300)];
  });
}
