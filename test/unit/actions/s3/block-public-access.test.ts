import { describe, expect, it } from 'vitest';
import action from '../../../../src/actions/s3/block-public-access.ts';
import { planHash } from '../../../../src/domain/plan.ts';
import { type Answers, cannedContext } from '../../../support/contract/canned-context.ts';
import { framed, refusalOf } from '../../../support/contract/framed.ts';

const bucket = 'acme-web-assets';
const OFF = { BlockPublicAcls: false, IgnorePublicAcls: false, BlockPublicPolicy: false, RestrictPublicBuckets: false };
const ON = { BlockPublicAcls: true, IgnorePublicAcls: true, BlockPublicPolicy: true, RestrictPublicBuckets: true };
const block = (flags: object) => ({ PublicAccessBlockConfiguration: { ...flags } });

function world(over: Answers = {}): Answers {
  return {
    GetBucketLocation: { LocationConstraint: 'eu-west-1' },
    GetBucketTagging: '!NoSuchTagSet',
    GetPublicAccessBlock: '!NoSuchPublicAccessBlockConfiguration',
    GetBucketPolicy: { Policy: '{"Version":"2012-10-17"}' },
    GetBucketPolicyStatus: { PolicyStatus: { IsPublic: true } },
    GetBucketAcl: {
      Grants: [
        { Permission: 'FULL_CONTROL', Grantee: { ID: 'owner', Type: 'CanonicalUser' } },
        { Permission: 'READ', Grantee: { URI: 'http://acs.amazonaws.com/groups/global/AllUsers', Type: 'Group' } },
      ],
    },
    GetBucketWebsite: '!NoSuchWebsiteConfiguration',
    ...over,
  };
}

async function planned(answers: Answers) {
  const context = cannedContext(answers);
  return framed(action, context, { bucket }, await action.plan(context, { bucket }));
}

async function refused(answers: Answers) {
  return refusalOf(await action.plan(cannedContext(answers), { bucket })).refused;
}

describe('s3.block-public-access', () => {
  it('turns all four flags on, and remembers that there was no block', async () => {
    const plan = await planned(world());
    expect(plan.steps.map((step) => step.call.input)).toEqual([
      { Bucket: bucket, ExpectedBucketOwner: '333333333331', PublicAccessBlockConfiguration: ON },
    ]);
    expect(plan.before['publicAccessBlock']).toBeNull();
    expect(plan.changes.map((change) => change.before)).toEqual([null, null, null, null]);
  });

  it('asks every call for the account that owns the bucket', async () => {
    const context = cannedContext(world());
    await action.plan(context, { bucket });
    expect(context.calls.length).toBeGreaterThan(5);
    for (const call of context.calls) expect(call.input['ExpectedBucketOwner']).toBe('333333333331');
  });

  it('says what serves the public now and stops', async () => {
    const text = (await planned(world({ GetBucketWebsite: {} }))).blastRadius.join(' ');
    expect(text).toContain('The bucket policy serves the public now');
    expect(text).toContain('The ACL grant READ:AllUsers serves the public now');
    expect(text).toContain('A website is configured');
  });

  it.each([
    ['policy text', { GetBucketPolicy: { Policy: '{"Version":"2008-10-17"}' } }],
    ['ACL', { GetBucketAcl: { Grants: [] } }],
    ['website', { GetBucketWebsite: {} }],
    ['one flag', { GetPublicAccessBlock: block({ ...OFF, BlockPublicAcls: true }) }],
    ['a block with all flags off', { GetPublicAccessBlock: block(OFF) }],
  ] satisfies [string, Answers][])('goes stale when the %s changes', async (_, change) => {
    expect(planHash(await planned(world(change)))).not.toBe(planHash(await planned(world())));
  });

  it('refuses a bucket that is gone, elsewhere, protected or closed already', async () => {
    expect(await refused(world({ GetBucketLocation: '!NoSuchBucket' }))).toBe('not-found');
    expect(await refused(world({ GetBucketLocation: {} }))).toBe('mismatch');
    expect(await refused(world({ GetBucketTagging: { TagSet: [{ Key: 'cordon:protect', Value: 'x' }] } }))).toBe(
      'protected',
    );
    expect(await refused(world({ GetPublicAccessBlock: block(ON) }))).toBe('nothing-to-do');
  });

  it('does not plan when the tags cannot be read', async () => {
    const context = cannedContext(world({ GetBucketTagging: '!AccessDenied' }));
    await expect(action.plan(context, { bucket })).rejects.toMatchObject({ awsCode: 'AccessDenied' });
  });

  it('undoes to exactly what was there: nothing, or the old flags', async () => {
    const closed = cannedContext(world({ GetPublicAccessBlock: block(ON) }));
    const toNothing = await action.rollback(closed, { plan: await planned(world()), outputs: {} });
    expect('steps' in toNothing && toNothing.steps.map((step) => step.call.operation)).toEqual([
      'DeletePublicAccessBlock',
    ]);
    const half = { ...OFF, IgnorePublicAcls: true };
    const plan = await planned(world({ GetPublicAccessBlock: block(half) }));
    const toHalf = await action.rollback(closed, { plan, outputs: {} });
    expect('steps' in toHalf && toHalf.steps.map((step) => step.call.input['PublicAccessBlockConfiguration'])).toEqual([
      half,
    ]);
  });

  it('refuses to undo when somebody has changed the block since', async () => {
    const plan = await planned(world());
    const changed = cannedContext(world({ GetPublicAccessBlock: block({ ...ON, BlockPublicAcls: false }) }));
    expect(refusalOf(await action.rollback(changed, { plan, outputs: {} })).refused).toBe('drifted');
  });

  it('takes no parameter that is not a bucket name', () => {
    for (const name of ['', 'Upper-Case', 'a', '../etc', 'a b', '-abc']) {
      expect(action.params.safeParse({ bucket: name }).success).toBe(false);
    }
  });
});
