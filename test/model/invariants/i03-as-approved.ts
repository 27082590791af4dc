import type { Json } from '../../../src/domain/json.ts';
import { type Plan, planHash } from '../../../src/domain/plan.ts';
import { type Invariant, planOf, requestOf } from './invariant.ts';

export default {
  id: 'I3',
  promise: 'what is sent is the approved plan: account, Region, and every parameter of one of its steps',
  check(record) {
    return record.sends.flatMap((send) => {
      const plan = planOf(record, send.runId);
      const request = requestOf(record, send.runId);
      if (!plan || !request) return [`${send.runId} sent ${send.call.operation}, and no plan was approved`];
      if (hashOf(plan) !== request.detail['hash']) return [`the plan of ${send.runId} is not the one of its request`];
      if (plan.accountId !== send.accountId || plan.region !== send.region)
        return [
          `${send.runId} sent to ${send.accountId} ${send.region}, approved was ${plan.accountId} ${plan.region}`,
        ];
      const isStep = plan.steps.some(
        ({ call }) => call.operation === send.call.operation && fits(call.input, send.call.input),
      );
      return isStep
        ? []
        : [`${send.runId} sent ${send.call.operation} ${JSON.stringify(send.call.input)}, which no step says`];
    });
  },
} satisfies Invariant as Invariant;

const hashes = new WeakMap<Plan, string>();
/** A plan in a record never changes. */
function hashOf(plan: Plan): string {
  const hash = hashes.get(plan) ?? planHash(plan);
  hashes.set(plan, hash);
  return hash;
}

/** Equal, where an earlier step's output may be any text. */
function fits(planned: Json, sent: Json): boolean {
  if (typeof planned !== 'object' || planned === null) return planned === sent;
  if ('$out' in planned) return typeof sent === 'string';
  if (typeof sent !== 'object' || sent === null || Array.isArray(planned) !== Array.isArray(sent)) return false;
  const [a, b] = [new Map<string, Json>(Object.entries(planned)), new Map<string, Json>(Object.entries(sent))];
  return a.size === b.size && [...a].every(([key, value]) => b.has(key) && fits(value, b.get(key) ?? null));
}
