import type { ModalView } from '@slack/types';
import type { Actor } from '../domain/audit.ts';
import type { Message } from './block-limits.ts';
import type { Place } from './calls.ts';
import type { SlackDeps } from './deps.ts';
import type { FlowRefusal } from './flow-api.ts';

/** An open modal. */
export interface OpenView {
  readonly id: string;
  readonly hash: string;
}

/** A person whom the gate has let in, with the ways to answer them. Nothing else of the payload is trusted for who they are. */
export interface Visitor {
  readonly deps: SlackDeps;
  readonly person: { readonly id: string; readonly name: string };
  readonly actor: Actor;
  /** What the slash command knows, for its help. */
  readonly commands: readonly { readonly name: string; readonly usage: string; readonly summary: string }[];
  /** Stands in every refusal and error of this interaction and in the log. */
  readonly reference: string;
  /** A message that only this person sees, where they are. */
  tell(message: Message): Promise<void>;
  /** Tells a refusal and logs it under the reference. */
  refuse(refusal: FlowRefusal): Promise<void>;
  /** Refuses and writes it to the audit chain: for what the flow was not even asked. */
  turnAway(refusal: FlowRefusal, subject: string): Promise<void>;
  /** For what nobody expected: logs it under the reference and tells the person that nothing was decided. Never throws. */
  fail(error: unknown): Promise<void>;
  /** The address of a message, for a link; throws SlackCallError. */
  permalink(place: Place): Promise<string>;
  /** Opens a modal; the trigger lives three seconds. */
  open(view: ModalView): Promise<OpenView>;
  /** Replaces what an open modal shows; with its hash, an update that comes too late is refused by Slack. */
  show(view: OpenView, next: ModalView): Promise<void>;
}
