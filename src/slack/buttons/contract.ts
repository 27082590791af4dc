import type { ButtonPress } from '../inbound.ts';
import type { Visitor } from '../visitor.ts';

/** A button or select of a card: one file of this folder each, default export, named as its action_id ends. */
export interface Button {
  readonly actionId: string;
  /** The press was acknowledged to Slack already. Every way through must end in something the person sees. */
  press(visitor: Visitor, press: ButtonPress): Promise<void>;
}

/** A button's value: the id of the thing and the revision (or key) that was on the screen. Never authority. */
export function readValue(press: Pick<ButtonPress, 'value'>): { readonly id: string; readonly rest: string } {
  const at = press.value.indexOf(':');
  return at < 0 ? { id: press.value, rest: '' } : { id: press.value.slice(0, at), rest: press.value.slice(at + 1) };
}
