/** What a stage answers to a person: the value, or a refusal in words that say the rule and the next step. Errors that nobody expected are thrown. */
export type Outcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly refusal: StageRefusal };

export interface StageRefusal {
  /** Stable, for logs and audit. */
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

export function done<T>(value: T): Outcome<T> {
  return { ok: true, value };
}

export function refuse(code: string, message: string, hint: string): { ok: false; refusal: StageRefusal } {
  return { ok: false, refusal: { code, message, hint } };
}
