import { notify } from '../src/flow/notify.ts';
import type { Deps } from '../src/ports.ts';

/** Brings one message to its newest state: in Slack, or, for a write-back, in the findings' products. */
export function notifyHandler(deps: Deps): (key: string) => Promise<void> {
  return (key) => notify(deps, key);
}
