import { ApiError } from './api-error.ts';
import type { Ids } from './ids.ts';
import { TIME_LIMITS } from './limits.ts';

/** Short-lived leave to open a modal for the person who has just done something. */
export interface Triggers {
  /** A new trigger_id for this person, good for three seconds and one use. */
  issue(user: string): string;
  /**
   * The person a trigger_id belongs to; spends it.
   * @throws ApiError invalid_trigger_id, expired_trigger_id or exchanged_trigger_id.
   */
  redeem(triggerId: string): string;
}

interface Trigger {
  readonly user: string;
  readonly issuedAt: number;
  used: boolean;
}

/** Triggers over the given clock. */
export function createTriggers(now: () => number, ids: Ids): Triggers {
  const known = new Map<string, Trigger>();
  function issue(user: string): string {
    const id = `${now()}.${known.size + 1}.${ids.secret()}`;
    known.set(id, { user, issuedAt: now(), used: false });
    return id;
  }
  function redeem(triggerId: string): string {
    const trigger = known.get(triggerId);
    if (!trigger) throw new ApiError('invalid_trigger_id', 'this trigger_id was never issued');
    if (now() - trigger.issuedAt > TIME_LIMITS.trigger)
      throw new ApiError('expired_trigger_id', 'a trigger_id lives for three seconds');
    if (trigger.used) throw new ApiError('exchanged_trigger_id', 'a trigger_id is good for one view');
    trigger.used = true;
    return trigger.user;
  }
  return { issue, redeem };
}
