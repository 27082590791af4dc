import type { SlackCalls } from './calls.ts';
import type { SlackDeps } from './deps.ts';
import type { RateBudget } from './limits.ts';

/** What became of one attempt; the row holds the truth, this is for logs and tests. */
export type Delivery = 'posted' | 'updated' | 'unchanged' | 'deferred' | 'nothing-to-do' | 'not-yet' | 'busy';

export interface OutboxParts {
  readonly deps: SlackDeps;
  /** The delivery client: a storm may slow it down, never the one for clicks. */
  readonly calls: SlackCalls;
  /** The interactive client, for windows and whispers. */
  readonly interactive: SlackCalls;
  readonly budget: RateBudget;
}
