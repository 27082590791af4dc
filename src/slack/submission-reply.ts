import type { ModalView } from '@slack/types';
import { mrkdwn } from './escape.ts';
import type { SubmissionAnswer } from './modals/contract.ts';
import { sayingModal, workingModal } from './modals/frame.ts';

/** Slack's own limit for the answer to a submission is three seconds; an answer that is not there by then comes as an update. */
const ACK_BUDGET_MILLISECONDS = 800;

/** Later than any first answer, earlier than Slack's three seconds. */
const DUPLICATE_MILLISECONDS = 1_500;

/** The forms in which a view_submission may be acknowledged. */
export type SubmissionAck =
  | undefined
  | { readonly response_action: 'update'; readonly view: ModalView }
  | { readonly response_action: 'errors'; readonly errors: Record<string, string> };

export interface ReplyPorts {
  ack(response: SubmissionAck): Promise<void>;
  /** Replaces the view after it has been acknowledged. */
  update(view: ModalView): Promise<void>;
  pause(milliseconds: number): Promise<void>;
  onError(error: unknown): void;
}

/** Answers one submission exactly once in time: with the answer itself, or with "working on it" and the answer after. */
export class SubmissionReply {
  readonly #ports: ReplyPorts;
  #acked = false;
  #clock = false;

  constructor(ports: ReplyPorts) {
    this.#ports = ports;
  }

  /** Starts the clock; call it when the submission arrives. */
  start(title: string, budgetMilliseconds: number = ACK_BUDGET_MILLISECONDS): void {
    this.#clock = true;
    void this.#ports
      .pause(budgetMilliseconds)
      .then(() =>
        this.#acked || !this.#clock ? undefined : this.#ack({ response_action: 'update', view: workingModal(title) }),
      )
      .catch((error: unknown) => this.#ports.onError(error));
  }

  /** The same submission came again: leaves the first answer to the first delivery, and says where to look if that one never arrived. */
  async answerDuplicate(): Promise<void> {
    this.#clock = false;
    await this.#ports.pause(DUPLICATE_MILLISECONDS);
    await this.#ack({
      response_action: 'update',
      view: sayingModal(
        'Taken already',
        mrkdwn`This was taken already. The messages of the incident show what came of it.`,
      ),
    });
  }

  async answer(title: string, answer: SubmissionAnswer): Promise<void> {
    if (this.#acked) return this.#ports.update(lateView(title, answer));
    switch (answer.kind) {
      case 'close':
        return this.#ack(undefined);
      case 'show':
        return this.#ack({ response_action: 'update', view: answer.view });
      case 'errors':
        return this.#ack({ response_action: 'errors', errors: { ...answer.errors } });
    }
  }

  async #ack(response: SubmissionAck): Promise<void> {
    this.#acked = true;
    await this.#ports.ack(response);
  }
}

function lateView(title: string, answer: SubmissionAnswer): ModalView {
  switch (answer.kind) {
    case 'show':
      return answer.view;
    case 'close':
      return sayingModal(title, mrkdwn`Done.`);
    case 'errors':
      return sayingModal(title, mrkdwn`Not done: ${Object.values(answer.errors).join(' ')} Close this and try again.`);
  }
}
