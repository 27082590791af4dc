import type { FlowRefusal } from '../flow-api.ts';

/** What is said when a button leads to something that is not there (any more). */
export function gone(what: string): FlowRefusal {
  return {
    code: 'not_there',
    message: `There is no ${what} (any more).`,
    hint: 'The card may be old: look at the newest message of the incident, or use `/cordon list`.',
  };
}
