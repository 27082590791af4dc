import type { Message } from '../block-limits.ts';
import { mrkdwn, withMentions } from '../escape.ts';
import type { FlowRefusal } from '../flow-api.ts';
import { notice } from './notice.ts';

/** Only the person sees it: what was refused, by which rule, what to do next, and the id under which it stands in the log. */
export function refusalMessage(refusal: FlowRefusal, reference: string): Message {
  const text = mrkdwn`${withMentions(refusal.message, 500)} ${withMentions(refusal.hint, 500)} (rule ${refusal.code}, reference ${reference})`;
  return notice({ kind: 'refused', id: reference, rev: 0 }, text);
}

/** Something broke on our side: says that nothing was decided by it and where to look. */
export function internalError(reference: string): Message {
  const text = mrkdwn`Something went wrong inside Cordon and this was not done. Nothing in AWS was changed by it. Try again; if it stays, give your operator the reference ${reference}: it is in Cordon's log.`;
  return notice({ kind: 'error', id: reference, rev: 0 }, text);
}
