import { describe, expect, it } from 'vitest';
import action from '../../../../src/actions/iam/deactivate-access-key.ts';
import { planHash } from '../../../../src/domain/plan.ts';
import { type Answers, cannedContext } from '../../../support/contract/canned-context.ts';
import { framed, refusalOf } from '../../../support/contract/framed.ts';

const KEY = 'AKIAIOSFODNN7EXAMPLE';
const ARN = 'arn:aws:iam::333333333331:user/service/ci-deploy';

function world(over: Answers = {}): Answers {
  return {
    GetAccessKeyLastUsed: { UserName: 'ci-deploy', AccessKeyLastUsed: { LastUsedDate: '2026-11-01T10:00:00.000Z' } },
    GetUser: { User: { UserName: 'ci-deploy', UserId: 'AIDAEXAMPLE', Arn: ARN, Path: '/service/', Tags: [] } },
    ListAccessKeys: {
      AccessKeyMetadata: [
        { AccessKeyId: KEY, Status: 'Active' },
        { AccessKeyId: 'AKIAIOSFODNN7SECOND1', Status: 'Inactive' },
      ],
    },
    ...over,
  };
}

async function planned(answers: Answers) {
  const context = cannedContext(answers);
  return framed(action, context, { accessKeyId: KEY }, await action.plan(context, { accessKeyId: KEY }));
}

async function refused(answers: Answers, accessKeyId = KEY) {
  return refusalOf(await action.plan(cannedContext(answers), { accessKeyId })).refused;
}

describe('iam.deactivate-access-key', () => {
  it('sends one UpdateAccessKey for the user that IAM names, with a right on that user alone', async () => {
    const plan = await planned(world());
    expect(plan.steps.map((step) => step.call)).toEqual([
      {
        service: 'iam',
        operation: 'UpdateAccessKey',
        input: { UserName: 'ci-deploy', AccessKeyId: KEY, Status: 'Inactive' },
      },
    ]);
    expect(plan.steps[0]?.iam).toEqual([{ actions: ['iam:UpdateAccessKey'], resources: [ARN] }]);
  });

  it('names the other keys of the user', async () => {
    const plan = await planned(world());
    expect(plan.blastRadius.join(' ')).toContain('AKIAIOSFODNN7SECOND1 (Inactive)');
  });

  it('makes the same plan when the key has only been used again, another one when something material changed', async () => {
    const before = planHash(await planned(world()));
    const usedAgain = { UserName: 'ci-deploy', AccessKeyLastUsed: { LastUsedDate: '2026-11-02T10:00:00.000Z' } };
    expect(planHash(await planned(world({ GetAccessKeyLastUsed: usedAgain })))).toBe(before);
    const oneKey = { AccessKeyMetadata: [{ AccessKeyId: KEY, Status: 'Active' }] };
    expect(planHash(await planned(world({ ListAccessKeys: oneKey })))).not.toBe(before);
  });

  it('refuses a session key, a root key, an unknown key and a key that is inactive', async () => {
    expect(await refused(world(), 'ASIAIOSFODNN7EXAMPLE')).toBe('unsupported');
    expect(await refused(world({ GetAccessKeyLastUsed: { AccessKeyLastUsed: {} } }))).toBe('unsupported');
    expect(await refused(world({ GetAccessKeyLastUsed: '!NoSuchEntity' }))).toBe('not-found');
    expect(await refused(world({ ListAccessKeys: { AccessKeyMetadata: [] } }))).toBe('not-found');
    const inactive = { AccessKeyMetadata: [{ AccessKeyId: KEY, Status: 'Inactive' }] };
    expect(await refused(world({ ListAccessKeys: inactive }))).toBe('nothing-to-do');
  });

  it('refuses the user of another account, a protected user and Cordon itself', async () => {
    const user = (over: object) => ({
      GetUser: { User: { UserName: 'ci-deploy', UserId: 'AIDAEXAMPLE', Arn: ARN, ...over } },
    });
    expect(await refused(world(user({ Arn: 'arn:aws:iam::444444444441:user/ci-deploy' })))).toBe('mismatch');
    expect(await refused(world(user({ Tags: [{ Key: 'cordon:protect', Value: '' }] })))).toBe('protected');
    expect(await refused(world({ GetAccessKeyLastUsed: { UserName: 'cordon-hub' } }))).toBe('self');
  });

  it('does not plan when IAM cannot be read: a failed read is never "unprotected"', async () => {
    const context = cannedContext(world({ GetUser: '!AccessDenied' }));
    await expect(action.plan(context, { accessKeyId: KEY })).rejects.toMatchObject({ awsCode: 'AccessDenied' });
  });

  it('says so when IAM answers in a shape nobody knows', async () => {
    const context = cannedContext(world({ GetUser: { User: { UserName: 7 } } }));
    await expect(action.plan(context, { accessKeyId: KEY })).rejects.toMatchObject({ code: 'aws_answer_unreadable' });
  });

  it('takes no parameter that is not an access key id', () => {
    for (const accessKeyId of ["AKIA'] | [0]", 'akiaiosfodnn7example', 'AKIA', 7]) {
      expect(action.params.safeParse({ accessKeyId }).success).toBe(false);
    }
    expect(action.params.safeParse({ accessKeyId: KEY, userName: 'x' }).success).toBe(false);
  });

  it('undoes by setting the key to Active, unless that has happened or the user is another', async () => {
    const plan = await planned(world());
    const inactive = { AccessKeyMetadata: [{ AccessKeyId: KEY, Status: 'Inactive' }] };
    const undo = await action.rollback(cannedContext(world({ ListAccessKeys: inactive })), { plan, outputs: {} });
    expect('steps' in undo && undo.steps.map((step) => step.call.input['Status'])).toEqual(['Active']);
    expect(refusalOf(await action.rollback(cannedContext(world()), { plan, outputs: {} })).refused).toBe(
      'nothing-to-do',
    );
    const stranger = { User: { UserName: 'ci-deploy', UserId: 'AIDAOTHER', Arn: ARN } };
    const drifted = cannedContext(world({ GetUser: stranger, ListAccessKeys: inactive }));
    expect(refusalOf(await action.rollback(drifted, { plan, outputs: {} })).refused).toBe('drifted');
  });
});
