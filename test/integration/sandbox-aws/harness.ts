import { join } from 'node:path';
import { CloudTrailClient } from '@aws-sdk/client-cloudtrail';
import { EC2Client } from '@aws-sdk/client-ec2';
import { GuardDutyClient } from '@aws-sdk/client-guardduty';
import { IAMClient } from '@aws-sdk/client-iam';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { SecurityHubClient } from '@aws-sdk/client-securityhub';
import { SQSClient } from '@aws-sdk/client-sqs';
import { AssumeRoleCommand, type AssumeRoleCommandInput, STSClient } from '@aws-sdk/client-sts';
import { adminCredentials } from '../../../sandbox/aws/admin.ts';
import { type AwsOptions, type RunningAws, startAws } from '../../../sandbox/aws/start.ts';
import { HUB_CREDENTIALS } from '../../../sandbox/world.ts';

const TEMPLATES = join(import.meta.dirname, 'templates');

/** The simulator in this process, with small templates of the tests' own. A defect it reports fails the test run. */
export function startTestAws(options: Partial<AwsOptions> = {}): Promise<RunningAws> {
  return startAws({
    templates: { hub: join(TEMPLATES, 'hub.json'), member: join(TEMPLATES, 'member.json') },
    report: (problem) => {
      throw new Error(problem);
    },
    ...options,
  });
}

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** One client of each service; a request is sent once, so that faults are seen as they come. */
export function clientsFor(aws: RunningAws, credentials: Credentials, region = 'eu-west-1') {
  const config = { endpoint: aws.endpoint, region, credentials, maxAttempts: 1 };
  return {
    sts: new STSClient(config),
    iam: new IAMClient(config),
    ec2: new EC2Client(config),
    s3: new S3Client({ ...config, forcePathStyle: true }),
    sqs: new SQSClient(config),
    cloudtrail: new CloudTrailClient(config),
    lambda: new LambdaClient(config),
    guardduty: new GuardDutyClient(config),
    securityhub: new SecurityHubClient(config),
  };
}

/** Clients of the administrator of one account. */
export function adminClients(aws: RunningAws, account: string, region = 'eu-west-1') {
  return clientsFor(aws, adminCredentials(account), region);
}

/** Assumes a role as the hub and gives the session's credentials. */
export async function assume(aws: RunningAws, input: AssumeRoleCommandInput): Promise<Required<Credentials>> {
  const { sts } = clientsFor(aws, HUB_CREDENTIALS);
  const { Credentials: given } = await sts.send(new AssumeRoleCommand(input));
  if (!given?.AccessKeyId || !given.SecretAccessKey || !given.SessionToken)
    throw new Error('no credentials were given');
  return { accessKeyId: given.AccessKeyId, secretAccessKey: given.SecretAccessKey, sessionToken: given.SessionToken };
}

/** Calls the control API and gives the parsed answer. */
export async function control(
  aws: RunningAws,
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; body: unknown }> {
  const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
  const response = await fetch(`${aws.control}${path}`, { method, ...(text === undefined ? {} : { body: text }) });
  return { status: response.status, body: await response.json() };
}
