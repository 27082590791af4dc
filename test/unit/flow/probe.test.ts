import { describe, expect, it } from 'vitest';
import { AwsCallError } from '../../../src/domain/errors.ts';
import type { Json } from '../../../src/domain/json.ts';
import type { Probe } from '../../../src/domain/plan.ts';
import { ask, askUntil, fillOutputs, outputsFrom, waitFor } from '../../../src/flow/probe.ts';
import type { AwsReader } from '../../../src/ports.ts';

function reader(answer: () => Json): AwsReader {
  return { accountId: '333333333331', region: 'eu-west-1', partition: 'aws', send: async () => answer() };
}
const probe: Probe = {
  title: 'the key is inactive',
  read: { service: 'iam', operation: 'ListAccessKeys', input: { UserName: 'ci' } },
  query: "AccessKeyMetadata[?AccessKeyId=='AKIA1'].Status | [0]",
  expect: 'Inactive',
};

describe('asking AWS', () => {
  it('picks and compares', async () => {
    const of = (status: string) => reader(() => ({ AccessKeyMetadata: [{ AccessKeyId: 'AKIA1', Status: status }] }));
    expect((await ask(of('Inactive'), probe, {})).holds).toBe(true);
    expect(await ask(of('Active'), probe, {})).toMatchObject({ holds: false, got: 'Active' });
  });

  it('takes a missing path for null and never for the expected value', async () => {
    expect(
      await ask(
        reader(() => ({})),
        probe,
        {},
      ),
    ).toMatchObject({ holds: false, got: null });
  });

  it('takes only the named errors for "there is none"; any other error is thrown', async () => {
    const failing = (code: string) =>
      reader(() => {
        throw new AwsCallError(code, code, { hint: '' });
      });
    const absent = { ...probe, absentOn: ['NoSuchEntityException'], expect: null };
    expect((await ask(failing('NoSuchEntityException'), absent, {})).holds).toBe(true);
    await expect(ask(failing('AccessDenied'), absent, {})).rejects.toThrow('AccessDenied');
  });

  it('asks again until it holds, and gives up after the settle time', async () => {
    let calls = 0;
    const late = reader(() => {
      calls += 1;
      return { AccessKeyMetadata: [{ AccessKeyId: 'AKIA1', Status: calls > 2 ? 'Inactive' : 'Active' }] };
    });
    const wait = { settleMilliseconds: 5, pollMilliseconds: 1, pause: async () => {} };
    expect((await askUntil(() => ask(late, probe, {}), wait)).holds).toBe(true);
    calls = -100;
    expect((await askUntil(() => ask(late, probe, {}), wait)).holds).toBe(false);
    expect(calls).toBe(-95);
  });

  it('waits as long as the probe asks for, and asks no more often for it', () => {
    const deps = {
      timing: { leaseSeconds: 15, settleMilliseconds: 15_000, pollMilliseconds: 500 },
      pause: async () => {},
    };
    expect(waitFor(probe, deps)).toMatchObject({ settleMilliseconds: 15_000, pollMilliseconds: 500 });
    const slow = waitFor({ ...probe, settleSeconds: 300 }, deps);
    expect(slow).toMatchObject({ settleMilliseconds: 300_000, pollMilliseconds: 5_000 });
    expect(waitFor({ ...probe, settleSeconds: 1 }, deps)).toMatchObject({ settleMilliseconds: 15_000 });
  });
});

describe('outputs of earlier steps', () => {
  it('fills them at any depth and refuses a hole', () => {
    const outputs = { 'make-group': { groupId: 'sg-1' } };
    expect(fillOutputs({ Groups: [{ $out: 'make-group.groupId' }], n: 1 }, outputs)).toEqual({
      Groups: ['sg-1'],
      n: 1,
    });
    expect(() => fillOutputs({ $out: 'other.groupId' }, outputs)).toThrow('other.groupId');
  });

  it('reads them from the answer that showed the step applied', () => {
    expect(outputsFrom({ SecurityGroups: [{ GroupId: 'sg-1' }] }, { groupId: 'SecurityGroups[0].GroupId' })).toEqual({
      groupId: 'sg-1',
    });
    expect(outputsFrom(null, { groupId: 'SecurityGroups[0].GroupId' })).toEqual({ groupId: null });
  });
});
