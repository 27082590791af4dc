import {
  DescribeTrailsCommand,
  GetEventSelectorsCommand,
  GetTrailCommand,
  GetTrailStatusCommand,
  ListTagsCommand,
  StartLoggingCommand,
  StopLoggingCommand,
} from '@aws-sdk/client-cloudtrail';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { trailArn } from '../../../sandbox/aws/arn.ts';
import { ORGANIZATION_TRAIL, STOPPED_TRAIL } from '../../../sandbox/aws/seed/names.ts';
import type { RunningAws } from '../../../sandbox/aws/start.ts';
import { adminClients, control, startTestAws } from './harness.ts';

const { account, name } = STOPPED_TRAIL;
const HOME = 'eu-west-1';
const ARN = trailArn(HOME, account, name);
const ORGANIZATION = trailArn(HOME, ORGANIZATION_TRAIL.account, ORGANIZATION_TRAIL.name);
let aws: RunningAws;
let home: ReturnType<typeof adminClients>['cloudtrail'];
let abroad: typeof home;
let owner: typeof home;

beforeAll(async () => {
  aws = await startTestAws();
  home = adminClients(aws, account).cloudtrail;
  abroad = adminClients(aws, account, 'us-east-1').cloudtrail;
  owner = adminClients(aws, ORGANIZATION_TRAIL.account).cloudtrail;
});

afterAll(() => aws.close());

const isLogging = async (client: typeof home, Name: string) =>
  (await client.send(new GetTrailStatusCommand({ Name }))).IsLogging;

async function arnsSeen(client: typeof home, input: ConstructorParameters<typeof DescribeTrailsCommand>[0] = {}) {
  const { trailList = [] } = await client.send(new DescribeTrailsCommand(input));
  return trailList.map(({ TrailARN }) => TrailARN).sort();
}

test('a trail is started and stopped, and keeps the times of both', async () => {
  expect(await isLogging(home, name)).toBe(false);
  await home.send(new StartLoggingCommand({ Name: ARN }));
  expect(await isLogging(home, ARN)).toBe(true);
  await home.send(new StartLoggingCommand({ Name: name }));
  await home.send(new StopLoggingCommand({ Name: name }));
  const { IsLogging, StartLoggingTime, StopLoggingTime } = await home.send(new GetTrailStatusCommand({ Name: ARN }));
  expect([IsLogging, Number(StopLoggingTime) >= Number(StartLoggingTime)]).toEqual([false, true]);
  expect((await home.send(new GetTrailCommand({ Name: name }))).Trail).toMatchObject({
    TrailARN: ARN,
    HomeRegion: HOME,
    LogFileValidationEnabled: false,
    S3BucketName: 'acme-prod-payments-trail',
  });
});

test('the selectors come in the one form or the other, tags by ARN', async () => {
  const basic = await home.send(new GetEventSelectorsCommand({ TrailName: ARN }));
  expect(basic.EventSelectors).toMatchObject([
    { ReadWriteType: 'WriteOnly', ExcludeManagementEventSources: ['kms.amazonaws.com'] },
  ]);
  const advanced = await home.send(new GetEventSelectorsCommand({ TrailName: 'payments-objects' }));
  expect([advanced.EventSelectors, advanced.AdvancedEventSelectors?.length]).toEqual([undefined, 1]);
  const { ResourceTagList } = await home.send(new ListTagsCommand({ ResourceIdList: [ARN] }));
  expect(ResourceTagList).toEqual([{ ResourceId: ARN, TagsList: [{ Key: 'team', Value: 'payments' }] }]);
  await expect(home.send(new ListTagsCommand({ ResourceIdList: [name] }))).rejects.toMatchObject({
    name: 'CloudTrailARNInvalidException',
  });
});

test('another Region sees the shadow of a trail of all Regions, by its ARN alone, and cannot change it', async () => {
  expect(await arnsSeen(abroad)).toEqual([ORGANIZATION, ARN]);
  expect(await arnsSeen(abroad, { includeShadowTrails: false })).toEqual([]);
  expect(await arnsSeen(abroad, { trailNameList: [name] })).toEqual([]);
  expect(await arnsSeen(abroad, { trailNameList: [ARN, 'nobody'] })).toEqual([ARN]);
  expect(await isLogging(abroad, ARN)).toBe(false);
  await expect(abroad.send(new GetTrailCommand({ Name: name }))).rejects.toMatchObject({
    name: 'TrailNotFoundException',
    $metadata: { httpStatusCode: 404 },
  });
  for (const command of [new StartLoggingCommand({ Name: ARN }), new StopLoggingCommand({ Name: ARN })]) {
    await expect(abroad.send(command)).rejects.toMatchObject({ name: 'InvalidHomeRegionException' });
  }
  await expect(abroad.send(new ListTagsCommand({ ResourceIdList: [ARN] }))).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  });
});

test('a trail of the organization is seen by its members and changed by its owner', async () => {
  expect(await arnsSeen(home)).toEqual([ORGANIZATION, trailArn(HOME, account, 'payments-objects'), ARN].sort());
  expect(await isLogging(home, ORGANIZATION)).toBe(true);
  await expect(home.send(new StopLoggingCommand({ Name: ORGANIZATION }))).rejects.toMatchObject({
    name: 'NotOrganizationMasterAccountException',
  });
  await owner.send(new StopLoggingCommand({ Name: ORGANIZATION }));
  expect(await isLogging(home, ORGANIZATION)).toBe(false);
  await owner.send(new StartLoggingCommand({ Name: ORGANIZATION_TRAIL.name }));
});

test('names and ARNs that are none are refused, and so is an operation that is not simulated', async () => {
  const { GetInsightSelectorsCommand } = await import('@aws-sdk/client-cloudtrail');
  for (const [Name, error] of [
    ['x', 'InvalidTrailNameException'],
    ['nobody', 'TrailNotFoundException'],
    ['arn:aws:s3:::bucket', 'CloudTrailARNInvalidException'],
    [trailArn(HOME, '444444444441', 'foreign'), 'TrailNotFoundException'],
  ] as const) {
    await expect(home.send(new GetTrailStatusCommand({ Name })), Name).rejects.toMatchObject({ name: error });
  }
  await expect(home.send(new GetInsightSelectorsCommand({ TrailName: name }))).rejects.toThrow(
    'cloudtrail:GetInsightSelectors is not simulated',
  );
});

test('the scenario stops a trail that runs', async () => {
  await home.send(new StartLoggingCommand({ Name: ARN }));
  await control(aws, 'POST', '/scenarios/trail-stopped', {});
  expect(await isLogging(home, ARN)).toBe(false);
});
