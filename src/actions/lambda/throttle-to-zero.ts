import { z } from 'zod';
import type { JsonObject } from '../../domain/json.ts';
import { isOwnName } from '../../domain/own-names.ts';
import type { AwsCall, PlanDraft, PlanStep, Probe, Refusal } from '../../domain/plan.ts';
import { defineAction, type PlanContext } from '../action.ts';
import { readAs, readAsOptional } from '../answer.ts';
import { triggersOf } from '../lambda-triggers.ts';
import { refuse } from '../refusal.ts';
import { PROTECT_TAG } from '../tags.ts';

const FunctionName = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/);
const Params = z.strictObject({ functionName: FunctionName });

/** The answer holds the environment of the function as well; nothing of it is kept. */
const ConfigurationAnswer = z.object({
  FunctionArn: z.string(),
  Role: z.string(),
  LastModified: z.string(),
  /** Seconds. */
  Timeout: z.number().default(3),
});
/** Lambda says that there are none; an answer without a word on tags is no answer. */
const TagsAnswer = z.object({ Tags: z.record(z.string(), z.string()) });
const ConcurrencyAnswer = z.object({ ReservedConcurrentExecutions: z.number().int().min(0).optional() });
const Before = z.object({
  functionName: FunctionName,
  reserved: z.number().int().min(1).nullable(),
  lastModified: z.string(),
});

interface Fn {
  readonly name: string;
  readonly arn: string;
  /** ARN. */
  readonly role: string;
  readonly lastModified: string;
  /** Seconds that a run may take. */
  readonly timeout: number;
  /** Null when nothing is reserved: the function then takes from what all share. */
  readonly reserved: number | null;
}

export default defineAction({
  id: 'lambda.throttle-to-zero',
  version: 1,
  title: "Set the function's concurrency to zero",
  risk: 'disruptive',
  // As with a released instance: the workload goes on, and what it had been open to is the same before and after.
  undoReexposes: false,
  services: ['lambda'],
  docs:
    'Reserves zero concurrent runs for the function, so that none starts any more; runs under way end by themselves. Triggers, code and settings stay as they are. ' +
    'Undone by reserving what was reserved before, or nothing. Sessions of its role that were carried away go on working.',
  reads: [
    {
      actions: ['lambda:ListEventSourceMappings'],
      resources: ['*'],
      why: 'The queues and streams that the function reads; this call knows no resources',
    },
    {
      actions: [
        'lambda:GetFunctionConcurrency',
        'lambda:GetFunctionConfiguration',
        'lambda:GetFunctionUrlConfig',
        'lambda:GetPolicy',
        'lambda:ListTags',
      ],
      resources: ['arn:{partition}:lambda:{region}:{account}:function:*'],
      why: 'What is reserved for the function, its role, tags and callers; Lambda answers the environment variables with them, of which nothing is kept',
    },
  ],
  writes: [
    {
      actions: ['lambda:DeleteFunctionConcurrency', 'lambda:PutFunctionConcurrency'],
      resources: ['arn:{partition}:lambda:{region}:{account}:function:*'],
      why: 'Reserves zero runs, and what was reserved before when the change is undone',
    },
  ],
  params: Params,

  async plan(context, { functionName }) {
    const fn = await readFunction(context, functionName);
    if ('refused' in fn) return fn;
    if (fn.reserved === 0) {
      return refuse(
        'nothing-to-do',
        'The function is throttled to zero already.',
        'Revoke the sessions of its role: what a run carried away goes on working.',
      );
    }
    return throttling(fn, await triggersOf(context, fn));
  },

  async rollback(context, { plan }) {
    const before = Before.parse(plan.before);
    const fn = await readFunction(context, before.functionName);
    if ('refused' in fn) return fn;
    if (fn.reserved === before.reserved) {
      return refuse(
        'nothing-to-do',
        'The concurrency is as it was before.',
        'See CloudTrail for PutFunctionConcurrency and DeleteFunctionConcurrency.',
      );
    }
    if (fn.reserved !== 0) {
      return refuse(
        'drifted',
        'The concurrency is not what the run left.',
        'Somebody has changed it since; decide by hand.',
      );
    }
    return restoring(fn, before);
  },
});

async function readFunction(context: PlanContext, name: string): Promise<Fn | Refusal> {
  const call = lambda('GetFunctionConfiguration', name);
  const found = await readAsOptional(context, call, ConfigurationAnswer, ['ResourceNotFound']);
  if (found === undefined) {
    return refuse(
      'not-found',
      `There is no function ${name} in this account and Region.`,
      'It may have been deleted already; look for copies under other names.',
    );
  }
  const arn = `arn:${context.partition}:lambda:${context.region}:${context.accountId}:function:${name}`;
  if (found.FunctionArn !== arn) {
    return refuse('mismatch', 'Lambda answers for another function.', 'Check which account the finding is about.');
  }
  const role = found.Role.split('/').at(-1) ?? '';
  if (isOwnName(name, []) || isOwnName(role, context.self.roleNames)) {
    return refuse('self', 'This function belongs to Cordon itself.', "Change Cordon's own functions by hand.");
  }
  const listTags: AwsCall = { service: 'lambda', operation: 'ListTags', input: { Resource: arn } };
  const { Tags } = await readAs(context, listTags, TagsAnswer);
  if (Object.hasOwn(Tags, PROTECT_TAG)) {
    return refuse(
      'protected',
      `The function carries the tag ${PROTECT_TAG}.`,
      'Ask its owner; the tag must go before Cordon may act.',
    );
  }
  const concurrency = await readAs(context, lambda('GetFunctionConcurrency', name), ConcurrencyAnswer);
  return {
    name,
    arn,
    role: found.Role,
    lastModified: found.LastModified,
    timeout: found.Timeout,
    reserved: concurrency.ReservedConcurrentExecutions ?? null,
  };
}

function throttling(fn: Fn, triggers: readonly string[]): PlanDraft {
  return {
    ...frame(fn, 0),
    summary: `Set the concurrency of function ${fn.name} to zero`,
    blastRadius: [
      `No run starts any more: whoever waits for an answer gets a throttling error. Runs under way end by themselves, after ${fn.timeout} seconds at most.`,
      'What was sent without waiting is tried again for up to six hours, then dropped or put where failures of the function go.',
      ...triggers,
      `It runs as ${fn.role} and was last changed at ${fn.lastModified}.`,
      fn.reserved === null
        ? 'Nothing is reserved for it now.'
        : `The ${fn.reserved} runs that are reserved for it now go back to what the functions of the account share.`,
    ],
    rollback: {
      available: true,
      summary: fn.reserved === null ? 'Takes the reservation away.' : `Reserves ${fn.reserved} runs again.`,
    },
  };
}

function restoring(fn: Fn, before: z.infer<typeof Before>): PlanDraft {
  return {
    ...frame(fn, before.reserved),
    summary: `Let function ${fn.name} run again`,
    blastRadius: [
      'It runs again at once, with the code and settings that it has now, and works off what has gathered for it.',
      fn.lastModified === before.lastModified
        ? `It has not been changed since it was throttled (last at ${fn.lastModified}).`
        : `It has been changed since it was throttled, at ${fn.lastModified}.`,
      ...(before.reserved === null
        ? []
        : ['Lambda refuses the reservation when less than 100 runs would be left for the other functions.']),
    ],
    rollback: { available: false, why: 'Ask for the function to be throttled again instead.' },
  };
}

function frame(fn: Fn, to: number | null): Pick<PlanDraft, 'target' | 'changes' | 'before' | 'steps' | 'verify'> {
  return {
    target: { type: 'AwsLambdaFunction', id: fn.name, arn: fn.arn },
    changes: [{ path: `${fn.name} ReservedConcurrentExecutions`, before: fn.reserved, after: to }],
    before: stateOf(fn),
    steps: [reserveStep(fn, to)],
    verify: [reservedIs(fn.name, to)],
  };
}

function reserveStep(fn: Fn, to: number | null): PlanStep {
  const call =
    to === null
      ? lambda('DeleteFunctionConcurrency', fn.name)
      : lambda('PutFunctionConcurrency', fn.name, { ReservedConcurrentExecutions: to });
  return {
    id: to === 0 ? 'throttle' : 'restore-concurrency',
    title: to === 0 ? 'Reserve zero runs' : 'Reserve what was reserved before',
    call,
    iam: [{ actions: [`lambda:${call.operation}`], resources: [fn.arn] }],
    precondition: [runsAs(fn), reservedIs(fn.name, fn.reserved)],
    applied: reservedIs(fn.name, to),
  };
}

/** A function has no id of its own: deleted and made anew under the same name, it would seldom have the same role. */
function runsAs({ name, role }: Fn): Probe {
  return {
    title: 'The function runs as the same role',
    read: lambda('GetFunctionConfiguration', name),
    query: 'Role',
    expect: role,
  };
}

function reservedIs(name: string, reserved: number | null): Probe {
  return {
    title:
      reserved === null ? 'Nothing is reserved for the function' : `${reserved} runs are reserved for the function`,
    read: lambda('GetFunctionConcurrency', name),
    query: 'ReservedConcurrentExecutions',
    expect: reserved,
  };
}

function lambda(operation: string, name: string, input: JsonObject = {}): AwsCall {
  return { service: 'lambda', operation, input: { FunctionName: name, ...input } };
}

function stateOf({ name, arn, role, lastModified, timeout, reserved }: Fn): JsonObject {
  return { functionName: name, arn, role, lastModified, timeout, reserved };
}
