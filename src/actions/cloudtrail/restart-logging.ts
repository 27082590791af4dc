import { z } from 'zod';
import type { JsonObject } from '../../domain/json.ts';
import type { AwsCall, PlanDraft, Probe, Refusal } from '../../domain/plan.ts';
import { defineAction, type PlanContext } from '../action.ts';
import { readAs } from '../answer.ts';
import { refuse } from '../refusal.ts';
import { isProtected, PROTECT_TAG, StatedTags } from '../tags.ts';
import { gapsOf, SelectorsAnswer } from '../trail-coverage.ts';

const TrailArn = z
  .string()
  .max(256)
  .regex(/^arn:aws[a-z-]*:cloudtrail:[a-z0-9-]{5,30}:\d{12}:trail\/[A-Za-z0-9][\w.-]{1,126}[A-Za-z0-9]$/);
/** Without a trail, the one of this account and Region that was stopped last. */
const Params = z.union([z.strictObject({ trailArn: TrailArn }), z.strictObject({})]);

const TrailsAnswer = z.object({
  trailList: z
    .array(
      z.object({
        Name: z.string(),
        TrailARN: z.string().regex(/^arn:[\w:/.-]{1,250}$/),
        HomeRegion: z.string(),
        S3BucketName: z.string(),
        IsMultiRegionTrail: z.boolean().default(false),
        IsOrganizationTrail: z.boolean().default(false),
        IncludeGlobalServiceEvents: z.boolean().default(false),
        LogFileValidationEnabled: z.boolean().default(false),
      }),
    )
    .default([]),
});
type Trail = z.infer<typeof TrailsAnswer>['trailList'][number];

const StatusAnswer = z.object({
  IsLogging: z.boolean(),
  StopLoggingTime: z.string().optional(),
  LatestDeliveryTime: z.string().optional(),
  /** The error code of S3. */
  LatestDeliveryError: z.string().optional(),
});
type Status = z.infer<typeof StatusAnswer>;

const TagsAnswer = z.object({ ResourceTagList: z.array(z.object({ TagsList: StatedTags })).min(1) });

/** A trail of this account and Region that does not log. */
interface Stopped {
  readonly trail: Trail;
  readonly status: Status;
  /** Names of further ones, when it was looked for. */
  readonly others: readonly string[];
}

export default defineAction({
  id: 'cloudtrail.restart-logging',
  version: 1,
  title: 'Start the trail again',
  risk: 'additive',
  undoReexposes: false,
  irreversible: true,
  services: ['cloudtrail'],
  docs:
    'Starts the logging of one trail in its home Region: the one that the finding names, else the one of the account and Region that was stopped last. ' +
    'The plan says what starting does not mend: a delivery that fails, selectors that leave events out, no log file validation. ' +
    'Cordon never holds the right to stop a trail, so that this cannot be undone by it. Trails of the organization are started in the account that owns them.',
  reads: [
    {
      actions: ['cloudtrail:DescribeTrails'],
      resources: ['*'],
      why: 'Which trails there are, whose they are, their home Regions and buckets; this call knows no resources',
    },
    {
      actions: ['cloudtrail:GetEventSelectors', 'cloudtrail:GetTrailStatus', 'cloudtrail:ListTags'],
      resources: ['arn:{partition}:cloudtrail:{region}:{account}:trail/*'],
      why: 'Whether the trail logs and delivers, which events it leaves out, and whether its owner protects it',
    },
  ],
  writes: [
    {
      actions: ['cloudtrail:StartLogging'],
      resources: ['arn:{partition}:cloudtrail:{region}:{account}:trail/*'],
      why: 'Starts the trail; the right to stop one is denied to Cordon',
    },
  ],
  params: Params,

  async plan(context, params) {
    const { trailList } = await readAs(context, cloudtrail('DescribeTrails', {}), TrailsAnswer);
    const stopped =
      'trailArn' in params
        ? await namedTrail(context, trailList, params.trailArn)
        : await lastStopped(context, trailList);
    if ('refused' in stopped) return stopped;
    const { TrailARN, Name } = stopped.trail;
    const tags = await readAs(context, cloudtrail('ListTags', { ResourceIdList: [TrailARN] }), TagsAnswer);
    if (tags.ResourceTagList.some(({ TagsList }) => isProtected(TagsList))) {
      return refuse(
        'protected',
        `The trail ${Name} carries the tag ${PROTECT_TAG}.`,
        'Ask its owner; the tag must go before Cordon may act.',
      );
    }
    const selectors = await readAs(context, cloudtrail('GetEventSelectors', { TrailName: TrailARN }), SelectorsAnswer);
    return starting(stopped, gapsOf(selectors));
  },

  async rollback(): Promise<Refusal> {
    return refuse(
      'irreversible',
      'Cordon never holds the right to stop a trail.',
      'When the trail is not wanted, its owner stops it by hand.',
    );
  },
});

async function namedTrail(context: PlanContext, trails: readonly Trail[], arn: string): Promise<Stopped | Refusal> {
  const trail = trails.find(({ TrailARN }) => TrailARN === arn);
  const [, , , region = '', account = ''] = arn.split(':');
  if (account !== context.accountId) {
    return refuse(
      'mismatch',
      trail?.IsOrganizationTrail
        ? `The trail belongs to the organization: account ${account} owns it, and only there can it be started.`
        : `The trail belongs to account ${account}.`,
      `Start it in account ${account}, by hand when that is the management account.`,
    );
  }
  if (region !== context.region) {
    return refuse(
      'mismatch',
      `The trail is at home in ${region}; what is seen of it here is a shadow that cannot be changed.`,
      `Start it in ${region}: aws cloudtrail start-logging --region ${region} --name ${arn}`,
    );
  }
  if (trail === undefined) {
    return refuse(
      'not-found',
      'There is no such trail in this account and Region any more.',
      'When it was deleted, make one anew into the log archive account: all Regions, management events, read and write.',
    );
  }
  const status = await readStatus(context, trail);
  return status.IsLogging ? logsAlready('The trail logs already.', [status]) : { trail, status, others: [] };
}

/** A finding does not always name the trail. Asked for again, this finds the next one, so that each approval is of one trail. */
async function lastStopped(context: PlanContext, trails: readonly Trail[]): Promise<Stopped | Refusal> {
  const own = trails.filter(({ TrailARN }) => TrailARN.startsWith(ownPrefix(context)));
  if (own.length === 0) {
    const seen = trails.map(({ TrailARN }) => TrailARN).join(', ');
    return refuse(
      'not-found',
      'This account has no trail of its own that is at home in this Region.',
      seen === '' ? 'Make one into the log archive account.' : `It is recorded by ${seen}: look there.`,
    );
  }
  const looked = await Promise.all(own.map(async (trail) => ({ trail, status: await readStatus(context, trail) })));
  const [last, ...others] = looked.filter(({ status }) => !status.IsLogging).sort(byStopThenName);
  if (last === undefined) {
    return logsAlready(
      `All trails of this account and Region log: ${own.map(({ Name }) => Name).join(', ')}.`,
      looked.map(({ status }) => status),
    );
  }
  return { ...last, others: others.map(({ trail }) => trail.Name) };
}

function ownPrefix({ partition, region, accountId }: PlanContext): string {
  return `arn:${partition}:cloudtrail:${region}:${accountId}:trail/`;
}

type Looked = Pick<Stopped, 'trail' | 'status'>;

/** The latest stop first; a trail that was never started has no such time and comes last. */
function byStopThenName(a: Looked, b: Looked): number {
  const stops = (b.status.StopLoggingTime ?? '').localeCompare(a.status.StopLoggingTime ?? '');
  return stops === 0 ? a.trail.Name.localeCompare(b.trail.Name) : stops;
}

/** A trail whose files do not arrive is as blind as one that is stopped. */
function logsAlready(why: string, statuses: readonly Status[]): Refusal {
  const failing = statuses.map(({ LatestDeliveryError }) => LatestDeliveryError).find((error) => Boolean(error));
  return refuse(
    'nothing-to-do',
    why,
    failing === undefined
      ? 'Look at its selectors, its bucket policy and its key: a trail goes blind without being stopped, too.'
      : `But a delivery fails (${failing}): repair the policy of its bucket, or of its key.`,
  );
}

function readStatus(context: PlanContext, { TrailARN }: Trail): Promise<Status> {
  return readAs(context, statusOf(TrailARN), StatusAnswer);
}

function starting(stopped: Stopped, gaps: readonly string[]): PlanDraft {
  const { trail, status, others } = stopped;
  const { TrailARN, Name, HomeRegion } = trail;
  return {
    summary: `Start the logging of trail ${Name} in ${HomeRegion}`,
    target: { type: 'AwsCloudTrailTrail', id: Name, arn: TrailARN },
    changes: [{ path: `${Name} IsLogging`, before: false, after: true }],
    blastRadius: [
      reach(trail),
      darkness(status),
      delivery(trail, status),
      ...weaknesses(trail),
      ...gaps,
      ...left(others),
    ],
    before: stateOf(stopped, gaps),
    steps: [
      {
        id: 'start-logging',
        title: 'Start the trail',
        // A name is looked up in the caller's own account and Region, and that is where this trail is at home.
        call: cloudtrail('StartLogging', { Name }),
        iam: [{ actions: ['cloudtrail:StartLogging'], resources: [TrailARN] }],
        precondition: [isLogging(TrailARN, false), writesTo(trail)],
        applied: isLogging(TrailARN, true),
      },
    ],
    verify: [isLogging(TrailARN, true)],
    rollback: { available: false, why: 'Cordon never holds the right to stop a trail; its owner can, by hand.' },
  };
}

function reach({ HomeRegion, IsMultiRegionTrail, IsOrganizationTrail }: Trail): string {
  const whom = IsOrganizationTrail ? 'every account of the organization' : 'this account';
  return `It is at home in ${HomeRegion} and records ${IsMultiRegionTrail ? 'all Regions' : 'this Region alone'} of ${whom}.`;
}

function darkness({ StopLoggingTime }: Status): string {
  const since = StopLoggingTime === undefined ? 'It has never been started' : `It was stopped at ${StopLoggingTime}`;
  return `${since}: what happened until now is not in its files. The event history of the Region holds management events of 90 days.`;
}

function delivery({ S3BucketName }: Trail, { LatestDeliveryTime, LatestDeliveryError }: Status): string {
  if (LatestDeliveryError)
    return `The last delivery to bucket ${S3BucketName} failed (${LatestDeliveryError}): starting does not mend that; repair the policy of the bucket, or of the key.`;
  const last = LatestDeliveryTime === undefined ? 'none has arrived yet' : `the last arrived at ${LatestDeliveryTime}`;
  return `Its files go to bucket ${S3BucketName}; ${last}.`;
}

function weaknesses({ LogFileValidationEnabled, IncludeGlobalServiceEvents }: Trail): readonly string[] {
  return [
    ...(LogFileValidationEnabled ? [] : ['Log file validation is off: its files can be changed unnoticed.']),
    ...(IncludeGlobalServiceEvents ? [] : ['It records no events of global services such as IAM.']),
  ];
}

function left(others: readonly string[]): readonly string[] {
  return others.length === 0
    ? []
    : [`Also stopped here: ${others.join(', ')}. This plan starts one; run the step again for the next.`];
}

function isLogging(arn: string, expect: boolean): Probe {
  const title = expect ? 'The trail logs' : 'The trail does not log';
  return { title, read: statusOf(arn), query: 'IsLogging', expect };
}

/** It is still the trail that was read: not deleted and made anew into somebody else's bucket. */
function writesTo({ TrailARN, S3BucketName }: Trail): Probe {
  return {
    title: `The trail writes to bucket ${S3BucketName}`,
    read: cloudtrail('DescribeTrails', { trailNameList: [TrailARN] }),
    query: `trailList[?TrailARN=='${TrailARN}'].S3BucketName | [0]`,
    expect: S3BucketName,
  };
}

function statusOf(arn: string): AwsCall {
  return cloudtrail('GetTrailStatus', { Name: arn });
}

function cloudtrail(operation: string, input: JsonObject): AwsCall {
  return { service: 'cloudtrail', operation, input };
}

function stateOf({ trail, status }: Stopped, gaps: readonly string[]): JsonObject {
  return {
    trailArn: trail.TrailARN,
    bucket: trail.S3BucketName,
    allRegions: trail.IsMultiRegionTrail,
    globalServices: trail.IncludeGlobalServiceEvents,
    validated: trail.LogFileValidationEnabled,
    stoppedAt: status.StopLoggingTime ?? null,
    deliveryError: status.LatestDeliveryError ?? null,
    gaps: [...gaps],
  };
}
