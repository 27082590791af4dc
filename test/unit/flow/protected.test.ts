import { describe, expect, it } from 'vitest';
import { refuseProtected } from '../../../src/flow/protected.ts';
import { testSettings } from '../../support/flow-world.ts';
import { somePlan } from '../../support/rows.ts';

const ROLE = 'arn:aws:iam::333333333331:role/service/break-glass';
const FUNCTION = 'arn:aws:lambda:eu-west-1:333333333331:function:payouts';
const BUCKET = 'arn:aws:s3:::acme-ledger';
const INSTANCE = 'arn:aws:ec2:eu-west-1:333333333331:instance/i-0123456789abcdef0';

function refused(entry: string, arn: string): boolean {
  const settings = testSettings((file) => {
    file.protected = [entry];
  });
  const target = { type: 'AnyType', id: 'any', arn };
  return refuseProtected(settings, somePlan('RUN-1', 'INC-1', { target }))?.refused === 'protected';
}

describe('the list of what is protected', () => {
  it.each([
    [ROLE, ROLE],
    ['arn:aws:iam::333333333331:role/break-glass', ROLE],
    ['arn:aws:iam::333333333331:role/other/path/break-glass', ROLE],
    ['arn:aws:iam::*:role/Break-Glass', ROLE],
    ['arn:aws:sts::333333333331:assumed-role/break-glass/alice', ROLE],
    [ROLE, 'arn:aws-us-gov:iam::333333333331:role/service/break-glass'],
    [FUNCTION, FUNCTION],
    [`${FUNCTION}:live`, FUNCTION],
    [`${FUNCTION}:*`, FUNCTION],
    ['arn:aws-cn:lambda:*:333333333331:function:payouts:$LATEST', FUNCTION],
    [BUCKET, BUCKET],
    [`${BUCKET}/*`, BUCKET],
    ['arn:aws:s3:::ACME-*', BUCKET],
    ['arn:aws:ec2:*:333333333331:instance/i-0123456789abcdef0', INSTANCE],
    ['arn:aws-cn:ec2:eu-west-1:*:instance/*', INSTANCE],
  ])('%s protects %s', (entry, arn) => {
    expect(refused(entry, arn)).toBe(true);
  });

  it.each([
    ['arn:aws:iam::333333333331:role/break', ROLE],
    ['arn:aws:iam::333333333332:role/break-glass', ROLE],
    ['arn:aws:iam::333333333331:user/break-glass', ROLE],
    ['arn:aws:sts::333333333331:federated-user/break-glass', ROLE],
    ['arn:aws:lambda:eu-west-1:333333333331:function:payout', FUNCTION],
    ['arn:aws:lambda:us-east-1:333333333331:function:payouts:live', FUNCTION],
    ['arn:aws:s3:::acme-ledger-2/*', BUCKET],
    ['arn:aws:ec2:eu-west-1:333333333331:volume/*', INSTANCE],
  ])('%s does not protect %s', (entry, arn) => {
    expect(refused(entry, arn)).toBe(false);
  });

  it('looks at what the steps name as well as at the target', () => {
    const settings = testSettings((file) => {
      file.protected = [BUCKET];
    });
    const probe = {
      title: 'a probe',
      read: { service: 's3', operation: 'Get', input: {} },
      query: '@',
      expect: null,
    } as const;
    const step = {
      id: 'one',
      title: 'One',
      call: probe.read,
      iam: [{ actions: ['s3:PutBucketPolicy'], resources: ['*', BUCKET] }],
      precondition: [],
      applied: probe,
    };
    expect(refuseProtected(settings, somePlan('RUN-1', 'INC-1', { steps: [step] }))).toMatchObject({
      why: `${BUCKET} is protected by the entry “${BUCKET}” of cordon.yaml.`,
    });
  });
});
