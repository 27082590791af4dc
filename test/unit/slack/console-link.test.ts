import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findingLink, resourceLink } from '../../../src/slack/console-link.ts';
import { finding } from './support/fixtures.ts';
import { HOSTILE } from './support/hostile.ts';

const link = (type: string, id: string, arn?: string, partition = 'aws', region = 'eu-west-1') =>
  resourceLink(arn === undefined ? { type, id } : { type, id, arn }, partition, region)?.url;
const HOME = 'https://eu-west-1.console.aws.amazon.com';

describe('the resource’s page in the console', () => {
  test.each([
    [
      'AwsEc2Instance',
      'i-0123456789abcdef0',
      `${HOME}/ec2/home?region=eu-west-1#InstanceDetails:instanceId=i-0123456789abcdef0`,
    ],
    [
      'AwsEc2SecurityGroup',
      'sg-0123456789abcdef0',
      `${HOME}/ec2/home?region=eu-west-1#SecurityGroup:groupId=sg-0123456789abcdef0`,
    ],
    [
      'AwsEc2Snapshot',
      'snap-0123456789abcdef0',
      `${HOME}/ec2/home?region=eu-west-1#SnapshotDetails:snapshotId=snap-0123456789abcdef0`,
    ],
    ['AwsS3Bucket', 'acme-invoices', `${HOME}/s3/buckets/acme-invoices?region=eu-west-1`],
    ['AwsS3Bucket', 'arn:aws:s3:::acme-invoices', `${HOME}/s3/buckets/acme-invoices?region=eu-west-1`],
    [
      'AwsLambdaFunction',
      'arn:aws:lambda:eu-west-1:333333333331:function:export',
      `${HOME}/lambda/home?region=eu-west-1#/functions/export`,
    ],
    ['AwsRdsDbInstance', 'orders', `${HOME}/rds/home?region=eu-west-1#database:id=orders`],
  ])('%s %s', (type, id, url) => {
    expect(link(type, id)).toBe(url);
  });

  test('an access key is shown with the user or role that holds it, by the ARN', () => {
    const key = (arn: string) => link('AwsIamAccessKey', 'AKIAEXAMPLEEXAMPLE01', arn);
    expect(key('arn:aws:iam::333333333331:user/deploy/ci@acme')).toBe(`${HOME}/iam/home#/users/details/ci%40acme`);
    expect(key('arn:aws:iam::333333333331:role/app')).toBe(`${HOME}/iam/home#/roles/details/app`);
  });

  test.each([
    ['aws-cn', 'cn-north-1', 'https://cn-north-1.console.amazonaws.cn/'],
    ['aws-us-gov', 'us-gov-west-1', 'https://us-gov-west-1.console.amazonaws-us-gov.com/'],
    ['aws-eusc', 'eusc-de-east-1', 'https://eusc-de-east-1.console.amazonaws-eusc.eu/'],
  ])('in %s', (partition, region, start) => {
    expect(link('AwsS3Bucket', 'acme-invoices', undefined, partition, region)).toMatch(new RegExp(`^${start}`));
    expect(findingLink(finding({ partition, region }))?.url).toMatch(new RegExp(`^${start}`));
  });

  test.each([
    ['a type without a page', link('AwsSomethingNew', 'x')],
    ['a type named like a built-in', link('constructor', 'x')],
    ['another partition', link('AwsS3Bucket', 'acme-invoices', undefined, 'aws-iso')],
    ['a Region of another form', link('AwsS3Bucket', 'acme-invoices', undefined, 'aws', 'eu-west-1.evil.example/')],
    ['an id of another form', link('AwsEc2Instance', 'i-0123&x=1')],
  ])('%s has none', (_, url) => {
    expect(url).toBeUndefined();
  });

  const types = [
    'AwsEc2Instance',
    'AwsS3Bucket',
    'AwsIamUser',
    'AwsIamAccessKey',
    'AwsLambdaFunction',
    'AwsRdsDbInstance',
  ];
  const onlyOurs = (text: string) => {
    for (const type of types) {
      const arn = `arn:aws:iam::333333333331:user/${text}`;
      for (const url of [link(type, text, arn), link(type, text, text), link(type, text, arn, text, text)])
        if (url !== undefined)
          expect(url).toMatch(/^https:\/\/eu-west-1\.console\.aws\.amazon\.com\/[\w./?=&#:%~()*!-]*$/);
    }
  };
  test.each(HOSTILE.map((text, index) => ({ index, text })))(
    'text of other people gets into no link: $index',
    ({ text }) => {
      onlyOurs(text);
    },
  );
  test('whatever it is', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 100 }), onlyOurs), { numRuns: 200 });
  });
});
