import { refusalMessage } from '../cards/refusal.ts';
import { mrkdwn } from '../escape.ts';
import { misuse, saying } from './answer.ts';
import { asTyped, type Command } from './contract.ts';
import { switchText } from './status.ts';

const USAGE = 'stop REASON';

/** Stops every change in AWS at once; two operators resume. */
export default {
  name: 'stop',
  usage: USAGE,
  summary: 'stop all changes in AWS now; anybody with a role may',
  async run({ deps, actor, reference }, words) {
    const reason = asTyped(words.join(' ')).trim();
    if (reason === '') return misuse(USAGE, 'Say why: it stands in the audit chain and is shown to everybody.');
    const outcome = await deps.api.stop(actor, reason.slice(0, 300));
    return outcome.ok ? saying(mrkdwn`${switchText(outcome.value)}`) : refusalMessage(outcome.refusal, reference);
  },
} satisfies Command as Command;
