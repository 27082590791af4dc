import { messageOf } from '../domain/errors.ts';
import type { Message } from './block-limits.ts';
import { SlackCallError, type SlackCalls } from './calls.ts';
import { internalError, refusalMessage } from './cards/refusal.ts';
import type { SlackDeps } from './deps.ts';
import type { FlowRefusal } from './flow-api.ts';
import { admit, recordRefusal, subjectOf } from './gate.ts';
import type { Inbound } from './inbound.ts';
import { refusedModal, sayingModal } from './modals/frame.ts';
import { newReference } from './reference.ts';
import { type SubmissionAck, SubmissionReply } from './submission-reply.ts';
import type { Visitor } from './visitor.ts';

export interface EnterParts {
  readonly deps: SlackDeps;
  readonly calls: SlackCalls;
  readonly commands: Visitor['commands'];
  readonly inbound: Inbound;
  /** What this version has a listener for; anything else is a button of another version, and is answered so. */
  readonly known: { readonly buttons: readonly string[]; readonly modals: readonly string[] };
  ack(response: SubmissionAck): Promise<void>;
  /** Answers through the interaction's own response address, seen by the person only. */
  respond(message: Message): Promise<void>;
}

/** An interaction that was let in: who, what, and the way to answer a submission. */
export interface Entry {
  readonly inbound: Inbound;
  readonly visitor: Visitor;
  readonly reply: SubmissionReply;
}

/**
 * Acknowledges, asks the gate, and makes the visitor. Undefined when the interaction ends here: refused (the person is told and it is on record),
 * a duplicate (answered the first time), or an error of ours (told, with a reference).
 */
export async function enter(parts: EnterParts): Promise<Entry | undefined> {
  const { deps, inbound } = parts;
  const reference = newReference();
  const reply = replyTo(parts, reference);
  if (inbound.kind === 'submission') reply.start('Cordon');
  else await parts.ack(undefined);
  const answer = answerer(parts, reply, reference);
  try {
    const verdict = await admit(deps, inbound);
    switch (verdict.kind) {
      case 'duplicate':
        deps.log.info({ reference }, 'an interaction was delivered twice');
        if (inbound.kind === 'submission') await reply.answerDuplicate();
        return undefined;
      case 'dropped':
        if (inbound.kind === 'submission') await reply.answerDuplicate();
        return undefined;
      case 'refused':
        await recordRefusal(deps, inbound.userId, subjectOf(inbound), verdict.refusal, reference);
        await answer.refusal(verdict.refusal);
        return undefined;
      case 'admitted': {
        const visitor = visitorOf(parts, verdict.person, reference, answer);
        if (isKnown(parts)) return { inbound, visitor, reply };
        await visitor.refuse({
          code: 'unknown_button',
          message: 'This button is not of this version of Cordon.',
          hint: 'Use the newest message of the incident; `/cordon list` shows them.',
        });
        return undefined;
      }
    }
  } catch (error) {
    await answer.failure(error);
    return undefined;
  }
}

function isKnown({ inbound, known }: EnterParts): boolean {
  switch (inbound.kind) {
    case 'button':
      return known.buttons.includes(inbound.actionId);
    case 'submission':
      return known.modals.includes(inbound.callbackId);
    case 'command':
      return true;
  }
}

function replyTo({ deps, calls, inbound, ack }: EnterParts, reference: string): SubmissionReply {
  return new SubmissionReply({
    ack,
    update: (view) =>
      inbound.kind === 'submission'
        ? calls.updateView({ id: inbound.viewId, hash: undefined }, view)
        : Promise.resolve(),
    pause: deps.pause,
    onError: (error) => deps.log.error({ reference, err: messageOf(error) }, 'a submission could not be acknowledged'),
  });
}

/** The ways to answer, whatever the interaction is. */
interface Answerer {
  tell(message: Message): Promise<void>;
  refusal(refusal: FlowRefusal): Promise<void>;
  failure(error: unknown): Promise<void>;
}

function answerer(parts: EnterParts, reply: SubmissionReply, reference: string): Answerer {
  const { deps, inbound } = parts;
  const tell = async (message: Message) => {
    if (inbound.kind === 'submission')
      return reply.answer('Cordon', { kind: 'show', view: sayingModal('Cordon', { mrkdwn: message.text }) });
    return whisper(parts, message);
  };
  return {
    tell,
    async refusal(refusal) {
      deps.log.info({ reference, code: refusal.code, personId: inbound.userId, what: subjectOf(inbound) }, 'refused');
      if (inbound.kind === 'submission')
        return reply.answer('Refused', { kind: 'show', view: refusedModal('Refused', refusal, reference) });
      return whisper(parts, refusalMessage(refusal, reference));
    },
    async failure(error) {
      if (error instanceof SlackCallError && error.slackCode === 'expired_trigger_id') {
        return this.refusal({
          code: 'too_late',
          message: 'Slack did not let Cordon open the window in time, so nothing was done.',
          hint: 'Press again.',
        });
      }
      deps.log.error({ reference, what: subjectOf(inbound), err: messageOf(error) }, 'an interaction failed');
      try {
        await tell(internalError(reference));
      } catch (second) {
        deps.log.error({ reference, err: messageOf(second) }, 'the person could not be told of the failure');
      }
    },
  };
}

/** Where the person is, in the thread if there is one; through the response address when the channel does not let us. */
async function whisper({ deps, calls, inbound, respond }: EnterParts, message: Message): Promise<void> {
  if (inbound.kind !== 'button' || inbound.channelId === null) return respond(message);
  try {
    await calls.whisper(inbound.channelId, inbound.userId, inbound.threadTs, message);
  } catch (error) {
    if (!(error instanceof SlackCallError)) throw error;
    deps.log.warn({ slack: error.slackCode }, 'no whisper; answering through the response address');
    await respond(message);
  }
}

function visitorOf(parts: EnterParts, person: Visitor['person'], reference: string, answer: Answerer): Visitor {
  const { deps, calls, inbound, commands } = parts;
  return {
    deps,
    person,
    actor: { kind: 'slack', id: person.id },
    commands,
    reference,
    tell: answer.tell,
    refuse: (refusal) => answer.refusal(refusal),
    async turnAway(refusal, subject) {
      await recordRefusal(deps, person.id, subject, refusal, reference);
      await answer.refusal(refusal);
    },
    permalink: (place) => calls.permalink(place),
    open(view) {
      if (inbound.kind === 'submission') throw new Error('a submission opens no window');
      return calls.openView(inbound.triggerId, view);
    },
    async show(view, next) {
      try {
        await calls.updateView(view, next);
      } catch (error) {
        if (!(error instanceof SlackCallError)) throw error;
        if (!['hash_conflict', 'not_found', 'view_not_found'].includes(error.slackCode)) throw error;
        deps.log.info({ reference, slack: error.slackCode }, 'the window had changed or was closed');
      }
    },
    fail: (error) => answer.failure(error),
  };
}
