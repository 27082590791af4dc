import { ListDetectorsCommand } from '@aws-sdk/client-guardduty';
import { BatchUpdateFindingsCommand, GetFindingsCommand } from '@aws-sdk/client-securityhub';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import type { RunningAws } from '../../../sandbox/aws/start.ts';
import { SECURITY_ACCOUNT } from '../../../sandbox/world.ts';
import { adminClients, control, startTestAws } from './harness.ts';

let aws: RunningAws;
beforeAll(async () => {
  aws = await startTestAws();
});
afterAll(() => aws.close());

const Report = z.object({
  calls: z.array(
    z.object({ account: z.string(), region: z.string(), api: z.string(), allowed: z.number(), throttled: z.number() }),
  ),
});

/** The names of the errors of so many calls at once. */
async function burst(calls: number, send: () => Promise<unknown>): Promise<string[]> {
  const answers = await Promise.allSettled(Array.from({ length: calls }, send));
  return answers.flatMap((answer) =>
    answer.status === 'rejected' && answer.reason instanceof Error ? [answer.reason.name] : [],
  );
}

const read = (account: string, region?: string) => {
  const { securityhub } = adminClients(aws, account, region);
  return () => securityhub.send(new GetFindingsCommand({ MaxResults: 1 }));
};

test('Security Hub answers six calls of GetFindings at once, then 429, an account and a Region each for itself', async () => {
  const started = performance.now();
  const refused = await burst(30, read(SECURITY_ACCOUNT));
  const refilled = Math.ceil(((performance.now() - started) / 1_000) * 3);
  expect(refused.length).toBeLessThanOrEqual(24);
  expect(refused.length).toBeGreaterThanOrEqual(24 - refilled);
  expect(new Set(refused)).toEqual(new Set(['TooManyRequestsException']));
  expect(await burst(3, read('333333333331'))).toEqual([]);
  expect(await burst(3, read(SECURITY_ACCOUNT, 'us-east-1'))).toEqual([]);
  const report = Report.parse((await control(aws, 'GET', '/rates')).body);
  const line = report.calls.find(({ account, region }) => account === SECURITY_ACCOUNT && region === 'eu-west-1');
  expect(line).toMatchObject({ api: 'securityhub:GetFindings', throttled: refused.length });
  aws.organization.clock.advance(1_000);
  expect(await burst(3, read(SECURITY_ACCOUNT))).toEqual([]);
});

test('an update has a bucket of its own, thirty deep, and GuardDuty one too', async () => {
  const { securityhub, guardduty } = adminClients(aws, SECURITY_ACCOUNT);
  const update = () =>
    securityhub.send(new BatchUpdateFindingsCommand({ FindingIdentifiers: [{ Id: 'nothing', ProductArn: 'p' }] }));
  expect(await burst(30, update)).toEqual([]);
  expect((await burst(40, () => guardduty.send(new ListDetectorsCommand({})))).length).toBeGreaterThan(5);
});

test('a test may change a limit, and what is no limit is refused', async () => {
  const wide = { service: 'securityhub', operation: 'GetFindings', perSecond: 500, burst: 500 };
  expect((await control(aws, 'PUT', '/rates', wide)).status).toBe(200);
  expect(await burst(30, read('333333333332'))).toEqual([]);
  expect((await control(aws, 'PUT', '/rates', { ...wide, burst: 0 })).status).toBe(400);
});
