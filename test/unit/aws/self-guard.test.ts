import { describe, expect, it } from 'vitest';
import { refuseSelf } from '../../../src/aws/self-guard.ts';

const self = { accountId: '222222222222', roleNames: ['hub', 'security-bot'], instanceIds: ['i-0abc0000000000001'] };
const guard = (resource: string) => () =>
  refuseSelf({ statements: [{ actions: ['x:Y'], resources: ['other', resource] }] }, self);

describe('refuseSelf', () => {
  it.each([
    'arn:aws:iam::333333333331:role/cordon-remediate',
    'arn:aws-cn:iam::333333333331:role/some/path/cordon-read',
    'arn:aws:iam::333333333331:user/security-bot',
    'arn:aws:ec2:eu-west-1:222222222222:instance/i-0abc0000000000001',
    'arn:aws:lambda:eu-west-1:333333333331:function:cordon-events',
  ])('refuses %s', (resource) => {
    expect(guard(resource)).toThrow(/Cordon itself/);
  });

  it.each([
    'arn:aws:iam::333333333331:user/service/ci-deploy',
    'arn:aws:ec2:eu-west-1:222222222222:instance/i-0abc0000000000002',
    'arn:aws:s3:::cordon-like-bucket',
    'arn:aws:lambda:eu-west-1:333333333331:function:not-cordon-events',
  ])('lets %s through', (resource) => {
    expect(guard(resource)).not.toThrow();
  });
});
