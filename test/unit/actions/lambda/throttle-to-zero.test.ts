import { describe, expect, it } from 'vitest';
import action from '../../../../src/actions/lambda/throttle-to-zero.ts';
import type { JsonObject } from '../../../../src/domain/json.ts';
import { type Plan, planHash } from '../../../../src/domain/plan.ts';
import { type Answers, cannedContext } from '../../../support/contract/canned-context.ts';
import { framed, refusalOf } from '../../../support/contract/framed.ts';

const functionName = 'image-resizer';
const arn = `arn:aws:lambda:eu-west-1:333333333331:function:${functionName}`;
const SECRET = 'hunter2-in-the-environment';

function world(reserved: number | null = 25, more: JsonObject = {}, over: Answers = {}): Answers {
  return {
    GetFunctionConfiguration: {
      FunctionName: functionName,
      FunctionArn: arn,
      Role: 'arn:aws:iam::333333333331:role/service/image-resizer-role',
      LastModified: '2026-11-19T22:10:00.000+0000',
      Timeout: 120,
      Environment: { Variables: { DB_PASSWORD: SECRET } },
      ...more,
    },
    GetFunctionConcurrency: reserved === null ? {} : { ReservedConcurrentExecutions: reserved },
    ListTags: { Tags: { team: 'web' } },
    ListEventSourceMappings: { EventSourceMappings: [] },
    GetFunctionUrlConfig: '!ResourceNotFound',
    GetPolicy: '!ResourceNotFound',
    ...over,
  };
}

async function planned(answers: Answers): Promise<Plan> {
  const context = cannedContext(answers);
  return framed(action, context, { functionName }, await action.plan(context, { functionName }));
}

async function refused(answers: Answers, over = {}, name = functionName) {
  return refusalOf(await action.plan(cannedContext(answers, over), { functionName: name })).refused;
}

const preview = async (over: Answers) => (await planned(world(25, {}, over))).blastRadius.join(' ');
const policy = (...Statement: JsonObject[]) => ({ GetPolicy: { Policy: JSON.stringify({ Statement }) } });

describe('lambda.throttle-to-zero', () => {
  it('reserves zero runs in one call', async () => {
    const plan = await planned(world());
    expect(plan.steps.map((step) => step.call.input)).toEqual([
      { FunctionName: functionName, ReservedConcurrentExecutions: 0 },
    ]);
    expect(plan.changes).toEqual([{ path: `${functionName} ReservedConcurrentExecutions`, before: 25, after: 0 }]);
    expect(plan.risk).toBe('disruptive');
    expect(plan.blastRadius.join(' ')).toContain('after 120 seconds at most');
    expect(plan.blastRadius.join(' ')).toContain('The 25 runs that are reserved for it now go back');
    expect((await planned(world(null))).blastRadius.at(-1)).toBe('Nothing is reserved for it now.');
  });

  it('keeps nothing of the environment', async () => {
    const plan = await planned(world());
    expect(JSON.stringify(plan)).not.toMatch(/hunter2|DB_PASSWORD|Environment/);
  });

  it('names what calls it, the same whatever the order, and counts what is too much to read', async () => {
    const mapping = (name: string) => ({
      EventSourceArn: `arn:aws:sqs:eu-west-1:333333333331:${name}`,
      State: 'Enabled',
    });
    const list = (...names: string[]) => ({ ListEventSourceMappings: { EventSourceMappings: names.map(mapping) } });
    expect(await preview(list('jobs'))).toContain('It reads arn:aws:sqs:eu-west-1:333333333331:jobs (Enabled)');
    expect(await preview(list('a', 'b'))).toBe(await preview(list('b', 'a')));
    expect(await preview(list('a', 'b', 'c', 'd', 'e', 'f', 'g'))).toContain('It reads 2 more.');
    const kafka = { ListEventSourceMappings: { EventSourceMappings: [{}], NextMarker: 'more' } };
    expect(await preview(kafka)).toContain('It reads many more.');
    expect(await preview({ GetFunctionUrlConfig: { AuthType: 'NONE' } })).toContain('that everybody can call');
    expect(await preview({ GetFunctionUrlConfig: { AuthType: 'AWS_IAM' } })).toContain('for signed requests');
    expect(await preview({})).toContain('No trigger of it is known to Lambda');
  });

  it('names whom its policy lets call it, and does not stumble over one it cannot read', async () => {
    const s3 = { Effect: 'Allow', Principal: { Service: 's3.amazonaws.com' } };
    expect(await preview(policy(s3, { Effect: 'Allow', Principal: '*' }))).toContain(
      'Its policy lets call it: everybody, s3.amazonaws.com.',
    );
    const accounts = { AWS: ['111111111111', '222222222222', '333333333333', '4', '5', '6'] };
    expect(await preview(policy({ Effect: 'Allow', Principal: accounts }))).toContain('and 1 more.');
    expect(await preview(policy({ Effect: 'Deny', Principal: '*' }))).toContain('No trigger of it is known');
    for (const Policy of ['{', '{"Statement":"x"}'])
      expect(await preview({ GetPolicy: { Policy } })).toContain('of a form that Cordon does not know');
  });

  it('goes stale when the reservation, the code or the role changes', async () => {
    const hash = planHash(await planned(world()));
    const others = [world(26), world(null), world(25, { LastModified: 'later' }), world(25, { Role: 'other' })];
    for (const other of others) expect(planHash(await planned(other))).not.toBe(hash);
  });

  it('refuses what is gone, of another account, protected, throttled already, or Cordon itself', async () => {
    expect(await refused(world(25, {}, { GetFunctionConfiguration: '!ResourceNotFound' }))).toBe('not-found');
    expect(await refused(world(25, { FunctionArn: arn.replace('333333333331', '999999999999') }))).toBe('mismatch');
    expect(await refused(world(25, {}, { ListTags: { Tags: { 'cordon:protect': '' } } }))).toBe('protected');
    expect(await refused(world(0))).toBe('nothing-to-do');
    const self = { accountId: '222222222222', roleNames: ['image-resizer-role'], instanceIds: [] };
    expect(await refused(world(), { self })).toBe('self');
    expect(await refused(world(25, { Role: 'arn:aws:iam::333333333331:role/cordon-hub' }))).toBe('self');
    const own = world(25, { FunctionArn: arn.replace(functionName, 'cordon-events') });
    expect(await refused(own, {}, 'cordon-events')).toBe('self');
  });

  it('does not plan when something cannot be read', async () => {
    const reads = ['GetFunctionConfiguration', 'GetFunctionConcurrency', 'ListTags', 'ListEventSourceMappings'];
    for (const operation of [...reads, 'GetFunctionUrlConfig', 'GetPolicy']) {
      const answers = world(25, {}, { [operation]: '!AccessDenied' });
      await expect(planned(answers), operation).rejects.toMatchObject({ awsCode: 'AccessDenied' });
    }
  });

  it('undoes to what was reserved, or to nothing', async () => {
    const undone = async (before: number | null) => {
      const back = await action.rollback(cannedContext(world(0)), { plan: await planned(world(before)), outputs: {} });
      return 'steps' in back ? back.steps.map(({ call }) => [call.operation, call.input]) : back;
    };
    expect(await undone(25)).toEqual([
      ['PutFunctionConcurrency', { FunctionName: functionName, ReservedConcurrentExecutions: 25 }],
    ]);
    expect(await undone(null)).toEqual([['DeleteFunctionConcurrency', { FunctionName: functionName }]]);
  });

  it('says before the undo whether the function was changed meanwhile', async () => {
    const plan = await planned(world());
    const undo = async (more: JsonObject) => {
      const back = await action.rollback(cannedContext(world(0, more)), { plan, outputs: {} });
      return 'blastRadius' in back ? back.blastRadius.join(' ') : '';
    };
    expect(await undo({})).toContain('has not been changed since');
    expect(await undo({ LastModified: '2026-11-20T03:00:00.000+0000' })).toContain('has been changed since');
  });

  it('refuses to undo when the concurrency is back, or another', async () => {
    const plan = await planned(world());
    const undo = async (now: number | null) =>
      refusalOf(await action.rollback(cannedContext(world(now)), { plan, outputs: {} })).refused;
    expect(await undo(25)).toBe('nothing-to-do');
    expect(await undo(null)).toBe('drifted');
    expect(await undo(7)).toBe('drifted');
  });

  it('takes no parameter that is not the name of a function', () => {
    for (const bad of ['', arn, `${functionName}:7`, '../x', 'a b', 'x'.repeat(65)]) {
      expect(action.params.safeParse({ functionName: bad }).success, bad).toBe(false);
    }
  });
});
