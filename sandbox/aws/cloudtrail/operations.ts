import { z } from 'zod';
import { AwsError } from '../errors.ts';
import { type Call, defineOperation, operationMap } from '../operation.ts';
import { lookupEvents } from './lookup-events.ts';
import {
  arnOf,
  changeableTrail,
  isHere,
  isOwn,
  type PlacedTrail,
  trailNeed,
  trailOf,
  visibleTrails,
} from './trails.ts';

const Named = z.strictObject({ Name: z.string() });

function trailShape(found: PlacedTrail): object {
  const { trail, region } = found;
  const { Name, S3BucketName, IncludeGlobalServiceEvents, IsMultiRegionTrail, IsOrganizationTrail } = trail;
  return {
    Name,
    S3BucketName,
    IncludeGlobalServiceEvents,
    IsMultiRegionTrail,
    IsOrganizationTrail,
    HomeRegion: region,
    TrailARN: arnOf(found),
    LogFileValidationEnabled: trail.LogFileValidationEnabled,
    HasCustomEventSelectors: trail.AdvancedEventSelectors !== undefined,
    HasInsightSelectors: false,
  };
}

/** Names that lead nowhere are left out of the answer, not refused. */
const describeTrails = defineOperation({
  name: 'DescribeTrails',
  input: z.strictObject({
    trailNameList: z.array(z.string()).default([]),
    includeShadowTrails: z.boolean().default(true),
  }),
  needs: () => [{ action: 'cloudtrail:DescribeTrails', resource: '*' }],
  run({ trailNameList, includeShadowTrails }, call) {
    const all = visibleTrails(call).filter((found) => includeShadowTrails || isHere(call, found));
    const isNamed = (found: PlacedTrail): boolean =>
      trailNameList.includes(arnOf(found)) ||
      (isHere(call, found) && isOwn(call, found) && trailNameList.includes(found.trail.Name));
    return { trailList: (trailNameList.length === 0 ? all : all.filter(isNamed)).map(trailShape) };
  },
});

const getTrail = defineOperation({
  name: 'GetTrail',
  input: Named,
  needs: (input, call) => [trailNeed('GetTrail', call, input.Name)],
  run: (input, call) => ({ Trail: trailShape(trailOf(call, input.Name)) }),
});

const getTrailStatus = defineOperation({
  name: 'GetTrailStatus',
  input: Named,
  needs: (input, call) => [trailNeed('GetTrailStatus', call, input.Name)],
  run(input, call) {
    const { trail } = trailOf(call, input.Name);
    const { IsLogging, StartLoggingTime, StopLoggingTime, LatestDeliveryTime, LatestDeliveryError } = trail;
    return {
      IsLogging,
      StartLoggingTime: new Date(StartLoggingTime),
      ...(StopLoggingTime === undefined ? {} : { StopLoggingTime: new Date(StopLoggingTime) }),
      ...(LatestDeliveryTime === undefined ? {} : { LatestDeliveryTime: new Date(LatestDeliveryTime) }),
      ...(LatestDeliveryError === undefined ? {} : { LatestDeliveryError }),
    };
  },
});

const getEventSelectors = defineOperation({
  name: 'GetEventSelectors',
  input: z.strictObject({ TrailName: z.string() }),
  needs: (input, call) => [trailNeed('GetEventSelectors', call, input.TrailName)],
  run(input, call) {
    const found = trailOf(call, input.TrailName);
    const { EventSelectors, AdvancedEventSelectors } = found.trail;
    const TrailARN = arnOf(found);
    if (AdvancedEventSelectors) return { TrailARN, AdvancedEventSelectors };
    return { TrailARN, EventSelectors: EventSelectors.map((one) => ({ ...one, DataResources: [] })) };
  },
});

/** Takes ARNs alone, and knows the tags of this account and Region alone. */
const listTags = defineOperation({
  name: 'ListTags',
  input: z.strictObject({ ResourceIdList: z.array(z.string()).min(1).max(20), NextToken: z.string().optional() }),
  needs: (input, call) => input.ResourceIdList.map((arn) => trailNeed('ListTags', call, arn)),
  run: (input, call) => ({
    ResourceTagList: input.ResourceIdList.map((ResourceId) => ({ ResourceId, TagsList: tagsOf(call, ResourceId) })),
  }),
});

function tagsOf(call: Call, arn: string): PlacedTrail['trail']['Tags'] {
  if (!arn.startsWith('arn:')) throw new AwsError('CloudTrailARNInvalidException', `The ARN ${arn} is not valid.`);
  const found = trailOf(call, arn);
  if (!isHere(call, found) || !isOwn(call, found))
    throw new AwsError('ResourceNotFoundException', `There is no ${arn} in this account and Region.`);
  return found.trail.Tags;
}

/** A trail that is in the asked state already is left alone; that is no error. */
function switchOperation(name: 'StartLogging' | 'StopLogging', IsLogging: boolean) {
  return defineOperation({
    name,
    write: true,
    input: Named,
    needs: (input, call) => [trailNeed(name, call, input.Name)],
    run(input, call) {
      const { account, region, trail } = changeableTrail(call, input.Name);
      if (trail.IsLogging === IsLogging) return {};
      const now = new Date(call.clock.now()).toISOString();
      const time = IsLogging ? { StartLoggingTime: now } : { StopLoggingTime: now };
      call.state.table('trails', account, region).put(trail.Name, { ...trail, ...time, IsLogging });
      return {};
    },
  });
}

export const cloudtrailOperations = operationMap([
  describeTrails,
  getTrail,
  getTrailStatus,
  getEventSelectors,
  listTags,
  lookupEvents,
  switchOperation('StartLogging', true),
  switchOperation('StopLogging', false),
]);
