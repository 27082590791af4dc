import { vote } from './flow/approve.ts';
import { acknowledge, resolve } from './flow/close.ts';
import { explainPolicy } from './flow/explain-policy.ts';
import { healthNow } from './flow/health.ts';
import { resume, stop } from './flow/kill-switch.ts';
import { attachView, requestPlan, requestRollback } from './flow/propose.ts';
import { requestApproval } from './flow/request-approval.ts';
import { rightsToShow } from './flow/rights.ts';
import { stepsOf } from './flow/steps.ts';
import type { Deps } from './ports.ts';
import type { FlowApi } from './slack/flow-api.ts';

/** The stages of the flow as the Slack side calls them. `deps` is asked for at each call, because the two need each other. */
export function flowApi(deps: () => Deps): FlowApi {
  return {
    acknowledge: (actor, input) => acknowledge(deps(), actor, input),
    resolve: (actor, input) => resolve(deps(), actor, input),
    requestPlan: (actor, input) => requestPlan(deps(), actor, input),
    requestRollback: (actor, input) => requestRollback(deps(), actor, input),
    attachView: (runId, viewId) => attachView(deps(), runId, viewId),
    requestApproval: (actor, input) => requestApproval(deps(), actor, input),
    vote: (actor, input) => vote(deps(), actor, input),
    stop: (actor, reason) => stop(deps(), actor, reason),
    resume: (actor) => resume(deps(), actor),
    health: () => healthNow(deps()),
    stepsOf: (incident) => stepsOf(deps(), incident),
    explainPolicy: (input) => explainPolicy(deps(), input),
    rights: (settings, personId) => rightsToShow(deps(), settings, personId),
  };
}
