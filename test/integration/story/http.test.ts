import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { until } from '../../support/poll.ts';
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

it('one line in the operations channel says how Cordon is, and at once that it has been stopped; metrics say it too', {
  timeout: 60_000,
}, async () => {
  const Messages = z.object({ messages: z.array(z.object({ ts: z.string(), text: z.string() })) });
  const ops = async () =>
    Messages.parse(await (await fetch(`${sandbox.slack.control}/messages?channel=C0SECOPS001`)).json()).messages;
  // One account of the sandbox is broken on purpose, so soon it is not all quiet.
  const line = await until('the line', async () => (await ops()).find(({ text }) => /^[●▲] Cordon: /.test(text)));
  const metrics = async () => (await fetch(`${sandbox.http}/metrics`)).text();
  expect(await metrics()).toMatch(/^cordon_processes\{kind="bot",slack="connected"\} 1$/m);
  expect(await metrics()).toMatch(/^cordon_aws_calls_total\{service="iam",outcome="ok"\} [1-9]/m);
  await sandbox.cli('stop', 'looking', 'into', 'it');
  const stopped = await until('the stop', async () =>
    (await ops()).find(({ text }) => text.includes('looking into it')),
  );
  expect(stopped.ts).toBe(line.ts);
  expect(await ops()).toHaveLength(1);
  await until('the stop in the metrics', async () => /^cordon_stopped 1$/m.test(await metrics()));
});
