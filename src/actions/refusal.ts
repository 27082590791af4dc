import type { Refusal } from '../domain/plan.ts';

/** A refusal in one line: what kind, why in plain words, and what the person can do instead. */
export function refuse(refused: Refusal['refused'], why: string, hint: string): Refusal {
  return { refused, why, hint };
}
