import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Sandbox, startSandbox } from '../../support/sandbox-processes.ts';
import { storyOf } from '../../support/story.ts';

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ slack: 'http' });
}, 90_000);
afterAll(() => sandbox?.close(), 60_000);

it('one plan, approval and run, with Slack sending signed requests instead of Socket Mode', {
  timeout: 120_000,
}, async () => {
  const story = storyOf(sandbox);
  await story.fire('key-compromise');
  const card = await story.card('Access key used', 'prod-payments');
  const request = await story.askFor(card, 'Deactivate the key');
  expect(await story.decide(request, 'alice')).toContain('is approved');
  await story.inThread(card, ['RUN-', 'verified']);
  const health: unknown = await (await fetch(`${sandbox.slack.control}/health`)).json();
  expect(health).toMatchObject({ connections: 0 });
  const writes = (await story.awsLog()).filter((call) => call.service === 'iam' && call.write && call.effect);
  expect(writes.map((call) => call.operation)).toEqual(['UpdateAccessKey']);
});
