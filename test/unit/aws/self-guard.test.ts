import { describe, expect, it } from 'vitest';
import { refuseSelf } from '../../../src/aws/self-guard.ts';

const self = { accountId: '222222222222', roleNames: ['hub', 'security-bot'], instanceIds: ['i-0abc0000000000001'] };
const guard =
  (resource: string, accountId = '333333333331') =>
  () =>
    refuseSelf({ accountId, statements: [{ actions: ['x:Y'], resources: ['*', resource] }] }, self);

describe('refuseSelf', () => {
  it.each([
    'arn:aws:iam::333333333331:role/cordon-remediate',
    'arn:aws-cn:iam::333333333331:role/some/path/cordon-read',
    'arn:aws-us-gov:iam::333333333331:role/Cordon-Remediate',
    'arn:aws:iam::333333333331:user/security-bot',
    'arn:aws:iam::333333333331:user/SECURITY-BOT',
    'arn:aws:iam::333333333331:role/*',
    'arn:aws:iam::333333333331:role/cord*',
    'arn:aws:iam::333333333331:role/c?rdon-read',
    'arn:aws:iam::333333333331:*',
    'arn:aws:sts::333333333331:assumed-role/cordon-remediate/INC-2026-0001',
    'arn:aws:iam::333333333331:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0123456789abcdef',
    'arn:aws:iam::333333333331:role/aws-service-role/guardduty.amazonaws.com/AWSServiceRoleForAmazonGuardDuty',
    'arn:aws:ec2:eu-west-1:444444444441:instance/i-0abc0000000000001',
    'arn:aws:ec2:eu-west-1:444444444441:instance/i-0ABC0000000000001',
    'arn:aws:ec2:eu-west-1:444444444441:instance/*',
    'arn:aws:ec2:eu-west-1:444444444441:instance/i-0abc*',
    'arn:aws:lambda:eu-west-1:333333333331:function:cordon-events',
    'arn:aws:lambda:eu-west-1:333333333331:function:cordon-events:live',
    'arn:aws:lambda:eu-west-1:333333333331:function:*',
    // Whatever lies in Cordon's own account: its queue, keys, database and network.
    'arn:aws:sqs:eu-west-1:222222222222:cordon-findings',
    'arn:aws:kms:eu-west-1:222222222222:key/0f1e2d3c-0000-4000-8000-000000000001',
    'arn:aws-cn:rds:eu-west-1:222222222222:db:cordon',
    'arn:aws:ec2:eu-west-1:222222222222:security-group/sg-0123456789abcdef0',
  ])('refuses %s', (resource) => {
    expect(guard(resource)).toThrow(/Cordon itself/);
  });

  it("refuses whatever is to be done in Cordon's own account", () => {
    expect(guard('arn:aws:s3:::any-bucket', '222222222222')).toThrow(/Cordon itself/);
  });

  it.each([
    'arn:aws:iam::333333333331:user/service/ci-deploy',
    'arn:aws:iam::333333333331:role/accordion-player',
    'arn:aws:ec2:eu-west-1:444444444441:instance/i-0abc0000000000002',
    'arn:aws:ec2:eu-west-1:444444444441:instance/i-0abd*',
    'arn:aws:ec2:eu-west-1:444444444441:security-group/*',
    'arn:aws:s3:::cordon-like-bucket',
    'arn:aws:lambda:eu-west-1:333333333331:function:not-cordon-events',
  ])('lets %s through', (resource) => {
    expect(guard(resource)).not.toThrow();
  });
});
