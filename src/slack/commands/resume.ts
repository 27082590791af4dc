import { refusalMessage } from '../cards/refusal.ts';
import { mrkdwn } from '../escape.ts';
import { saying } from './answer.ts';
import type { Command } from './contract.ts';
import { switchText } from './status.ts';

/** One of the two votes that it takes to go on after a stop. */
export default {
  name: 'resume',
  usage: 'resume',
  summary: 'vote to go on after a stop; two operators are needed',
  async run({ deps, actor, reference }) {
    const outcome = await deps.api.resume(actor);
    return outcome.ok ? saying(mrkdwn`${switchText(outcome.value)}`) : refusalMessage(outcome.refusal, reference);
  },
} satisfies Command as Command;
