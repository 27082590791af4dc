import type { Deps } from '../src/ports.ts';
import type { Handlers } from '../src/queue/handlers.ts';
import { notifyHandler } from './notify.ts';
import { proposeHandler } from './propose.ts';
import { remediateHandler } from './remediate.ts';
import { sweepHandler } from './sweep.ts';
import { triageHandler } from './triage.ts';

/** What every queue's jobs do. */
export function makeHandlers(deps: Deps): Handlers {
  return {
    triage: triageHandler(deps),
    notify: notifyHandler(deps),
    propose: proposeHandler(deps),
    remediate: remediateHandler(deps),
    sweep: sweepHandler(deps),
  };
}
