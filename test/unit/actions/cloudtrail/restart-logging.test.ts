import { describe, expect, it } from 'vitest';
import action from '../../../../src/actions/cloudtrail/restart-logging.ts';
import type { JsonObject } from '../../../../src/domain/json.ts';
import { planHash } from '../../../../src/domain/plan.ts';
import { type Answers, cannedContext } from '../../../support/contract/canned-context.ts';
import { framed, refusalOf } from '../../../support/contract/framed.ts';

const arnOf = (name: string, region = 'eu-west-1', account = '333333333331') =>
  `arn:aws:cloudtrail:${region}:${account}:trail/${name}`;
const trailArn = arnOf('payments-audit');
const SHADOW = arnOf('elsewhere', 'us-east-1');
const ORGANIZATION = arnOf('acme-organization', 'eu-west-1', '111111111111');

const STOPPED = {
  IsLogging: false,
  StopLoggingTime: '2026-11-20T02:41:07.000Z',
  LatestDeliveryTime: '2026-11-20T02:40:00.000Z',
};
const ALL_EVENTS = [{ ReadWriteType: 'All', IncludeManagementEvents: true, ExcludeManagementEventSources: [] }];

function trail(arn: string, more: JsonObject = {}): JsonObject {
  return {
    Name: arn.split('/')[1] ?? '',
    TrailARN: arn,
    HomeRegion: arn.split(':')[3] ?? '',
    S3BucketName: 'acme-log-archive',
    IsMultiRegionTrail: true,
    IncludeGlobalServiceEvents: true,
    LogFileValidationEnabled: true,
    ...more,
  };
}

/** Trails with their statuses, by ARN. */
function world(
  statuses: { readonly [arn: string]: JsonObject } = { [trailArn]: STOPPED },
  more: JsonObject = {},
  over: Answers = {},
): Answers {
  return {
    DescribeTrails: { trailList: Object.keys(statuses).map((arn) => trail(arn, more)) },
    GetTrailStatus: ({ Name }) => statuses[String(Name)] ?? '!TrailNotFound',
    ListTags: { ResourceTagList: [{ ResourceId: trailArn, TagsList: [{ Key: 'team', Value: 'payments' }] }] },
    GetEventSelectors: { EventSelectors: ALL_EVENTS },
    ...over,
  };
}

const NAMED = { trailArn };

async function planned(answers: Answers, params: JsonObject = NAMED) {
  const context = cannedContext(answers);
  const parsed = action.params.parse(params);
  return framed(action, context, parsed, await action.plan(context, parsed));
}

async function refused(answers: Answers, params: JsonObject = NAMED) {
  return refusalOf(await action.plan(cannedContext(answers), action.params.parse(params)));
}

const preview = async (answers: Answers) => (await planned(answers)).blastRadius.join(' ');

describe('cloudtrail.restart-logging', () => {
  it('starts the trail in one call, by a right on this trail alone', async () => {
    const plan = await planned(world());
    expect(plan.steps.map((step) => step.call)).toEqual([
      { service: 'cloudtrail', operation: 'StartLogging', input: { Name: 'payments-audit' } },
    ]);
    expect(plan.steps.flatMap((step) => step.iam)).toEqual([
      { actions: ['cloudtrail:StartLogging'], resources: [trailArn] },
    ]);
    expect(plan.changes).toEqual([{ path: 'payments-audit IsLogging', before: false, after: true }]);
    expect(plan.blastRadius).toEqual([
      'It is at home in eu-west-1 and records all Regions of this account.',
      expect.stringContaining('stopped at 2026-11-20T02:41:07.000Z'),
      'Its files go to bucket acme-log-archive; the last arrived at 2026-11-20T02:40:00.000Z.',
    ]);
  });

  it('is never undone: the right to stop a trail is not ours', async () => {
    const plan = await planned(world());
    expect(plan.rollback).toMatchObject({ available: false });
    expect(refusalOf(await action.rollback(cannedContext({}), { plan, outputs: {} })).refused).toBe('irreversible');
    expect([...action.reads, ...action.writes].flatMap(({ actions }) => actions)).not.toContain(
      'cloudtrail:StopLogging',
    );
  });

  it('says what starting does not mend', async () => {
    const failing = { ...STOPPED, LatestDeliveryError: 'NoSuchBucket' };
    expect(await preview(world({ [trailArn]: failing }))).toContain(
      'failed (NoSuchBucket): starting does not mend that',
    );
    expect(await preview(world(undefined, { LogFileValidationEnabled: false }))).toContain('validation is off');
    expect(await preview(world(undefined, { IncludeGlobalServiceEvents: false }))).toContain('services such as IAM');
    expect(await preview(world(undefined, { IsMultiRegionTrail: false }))).toContain('this Region alone');
    expect(await preview(world(undefined, { IsOrganizationTrail: true }))).toContain(
      'every account of the organization',
    );
    const none = { ...ALL_EVENTS[0], IncludeManagementEvents: false };
    const thinned = world(undefined, {}, { GetEventSelectors: { EventSelectors: [none] } });
    expect(await preview(thinned)).toContain('It records no management events');
  });

  it('goes stale when the selectors, the bucket or the stop change', async () => {
    const hash = planHash(await planned(world()));
    const others = [
      world(undefined, { S3BucketName: 'another' }),
      world({ [trailArn]: { ...STOPPED, StopLoggingTime: '2026-11-21T00:00:00.000Z' } }),
      world(undefined, {}, { GetEventSelectors: { EventSelectors: [] } }),
    ];
    for (const other of others) expect(planHash(await planned(other))).not.toBe(hash);
  });

  it('refuses a trail that is gone, protected, or logs', async () => {
    expect((await refused(world({}))).refused).toBe('not-found');
    const tags = { ResourceTagList: [{ TagsList: [{ Key: 'cordon:protect', Value: '' }] }] };
    expect((await refused(world(undefined, {}, { ListTags: tags }))).refused).toBe('protected');
    expect((await refused(world({ [trailArn]: { IsLogging: true } }))).refused).toBe('nothing-to-do');
  });

  it('does not call a trail well whose files do not arrive', async () => {
    const blind = world({ [trailArn]: { IsLogging: true, LatestDeliveryError: 'AccessDenied' } });
    expect((await refused(blind)).hint).toContain('a delivery fails (AccessDenied)');
  });

  it('names the home Region of a shadow, and the owner of a trail of the organization', async () => {
    const both = world({ [SHADOW]: STOPPED, [ORGANIZATION]: STOPPED }, { IsOrganizationTrail: true });
    const shadow = await refused(both, { trailArn: SHADOW });
    expect([shadow.refused, shadow.why]).toEqual(['mismatch', expect.stringContaining('at home in us-east-1')]);
    expect(shadow.hint).toContain('--region us-east-1');
    const organization = await refused(both, { trailArn: ORGANIZATION });
    expect(organization.refused).toBe('mismatch');
    expect(organization.why).toContain('belongs to the organization: account 111111111111');
    const stranger = await refused(world(), { trailArn: arnOf('audit', 'eu-west-1', '999999999999') });
    expect([stranger.refused, stranger.why]).toEqual(['mismatch', 'The trail belongs to account 999999999999.']);
  });

  it('reads no tag, status or selector of what it may not start', async () => {
    const context = cannedContext(world({ [SHADOW]: STOPPED, [ORGANIZATION]: STOPPED }));
    for (const arn of [SHADOW, ORGANIZATION]) await action.plan(context, { trailArn: arn });
    expect(new Set(context.calls.map(({ operation }) => operation))).toEqual(new Set(['DescribeTrails']));
  });

  it('does not plan when the tags or the status cannot be read', async () => {
    for (const operation of ['ListTags', 'GetTrailStatus', 'GetEventSelectors', 'DescribeTrails']) {
      const answers = world(undefined, {}, { [operation]: '!AccessDenied' });
      await expect(planned(answers), operation).rejects.toMatchObject({ awsCode: 'AccessDenied' });
    }
  });

  it('takes no parameter that is not the ARN of a trail', () => {
    const bad = [
      '',
      'payments-audit',
      'arn:aws:cloudtrail:eu-west-1:333333333331:eventdatastore/abc',
      `${trailArn}/../x`,
      `${trailArn} --region us-east-1`,
      'arn:aws:s3:::bucket',
    ];
    for (const one of bad) expect(action.params.safeParse({ trailArn: one }).success, one).toBe(false);
    expect(action.params.safeParse({}).success).toBe(true);
  });
});

describe('without a trail in the finding', () => {
  const [older, never] = [arnOf('b-older'), arnOf('a-never-started')];
  const many = {
    [never]: { IsLogging: false },
    [older]: { IsLogging: false, StopLoggingTime: '2026-01-01T00:00:00.000Z' },
    [trailArn]: STOPPED,
    [arnOf('runs')]: { IsLogging: true },
    [SHADOW]: STOPPED,
    [ORGANIZATION]: STOPPED,
  };

  it('takes the one of this account and Region that was stopped last, and names the others', async () => {
    const plan = await planned(world(many), {});
    expect(plan.target.arn).toBe(trailArn);
    expect(plan.steps).toHaveLength(1);
    expect(plan.blastRadius.at(-1)).toContain('Also stopped here: b-older, a-never-started.');
  });

  it('takes the next one when that runs again', async () => {
    const plan = await planned(world({ ...many, [trailArn]: { IsLogging: true } }), {});
    expect(plan.target.arn).toBe(older);
    const last = { ...many, [trailArn]: { IsLogging: true }, [older]: { IsLogging: true } };
    expect((await planned(world(last), {})).blastRadius.join(' ')).toContain('never been started');
  });

  it('refuses when all run, or when only others record the account', async () => {
    const running = await refused(world({ [trailArn]: { IsLogging: true } }), {});
    expect([running.refused, running.why]).toEqual(['nothing-to-do', expect.stringContaining('payments-audit')]);
    const others = await refused(world({ [ORGANIZATION]: STOPPED }), {});
    expect([others.refused, others.hint]).toEqual(['not-found', expect.stringContaining(ORGANIZATION)]);
    expect((await refused(world({}), {})).refused).toBe('not-found');
  });
});
