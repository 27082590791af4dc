import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type Sandbox, startSandbox } from '../../support/sandbox-processes.ts';
import { type Story, storyOf } from '../../support/story.ts';

let sandbox: Sandbox;
let story: Story;

beforeAll(async () => {
  sandbox = await startSandbox();
  story = storyOf(sandbox);
}, 90_000);
afterAll(() => sandbox?.close(), 60_000);

async function writesOf(service: string): Promise<readonly string[]> {
  return (await story.awsLog())
    .filter((call) => call.service === service && call.write && call.effect)
    .map((call) => call.operation);
}

describe('the whole way of a finding, through real processes', { timeout: 120_000 }, () => {
  it('deactivates the key with one approver, and refuses to hand it back', async () => {
    await story.fire('key-compromise');
    const card = await story.card('Access key used', 'prod-payments');
    const request = await story.askFor(card, 'Deactivate the key');
    expect(await story.decide(request, 'alice')).toContain('is approved');
    const result = await story.inThread(card, ['RUN-', 'verified']);
    expect(await writesOf('iam')).toEqual(['UpdateAccessKey']);
    expect(await story.pressRollBack(result)).toContain('allow.reactivateAccessKey');
  });

  it('closes the bucket, tells Security Hub, and opens it again only with two approvers', async () => {
    await story.fire('public-bucket');
    const card = await story.card('Bucket open', 'prod-web');
    const request = await story.askFor(card, 'acme-prod-web-assets');
    await story.decide(request, 'bo');
    const result = await story.inThread(card, ['RUN-', 'verified']);
    await story.card('Bucket open', 'prod-web');
    const undo = await story.askRollBack(card, result);
    expect(await story.decide(undo, 'alice')).toContain('counted');
    expect(await story.decide(undo, 'bo')).toContain('is approved');
    await story.inThread(card, ['Roll back:', 'verified']);
    expect(await writesOf('s3')).toEqual(['PutPublicAccessBlock', 'DeletePublicAccessBlock']);
    const told = (await story.awsLog()).filter((call) => call.operation === 'BatchUpdateFindings');
    expect(told.length).toBeGreaterThan(0);
  });

  it('isolates the instance through every step and gives it its groups back', async () => {
    const interfaces = async () =>
      z.record(z.string(), z.unknown()).parse(await story.awsState('333333333333/eu-west-1/network-interfaces'));
    const before = await interfaces();
    await story.fire('command-and-control');
    const card = await story.card('Machine talks', 'prod-data');
    const request = await story.askFor(card, 'Isolate');
    await story.decide(request, 'alice');
    const result = await story.inThread(card, ['RUN-', 'verified']);
    expect(await interfaces()).not.toEqual(before);
    const undo = await story.askRollBack(card, result);
    await story.decide(undo, 'bo');
    await story.decide(undo, 'alice');
    await story.inThread(card, ['Roll back:', 'verified']);
    expect(await interfaces()).toEqual(before);
  });
});
