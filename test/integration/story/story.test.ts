import { afterAll, beforeAll, expect, it } from 'vitest';
import { until } from '../../support/poll.ts';
import { type Sandbox, startSandbox } from '../../support/sandbox-processes.ts';
import { storyOf } from '../../support/story.ts';
import { storySuite } from '../../support/suites/story.ts';

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox();
}, 90_000);
afterAll(() => sandbox?.close(), 60_000);

storySuite(() => sandbox);

it('takes a database off the internet and its snapshot from strangers', { timeout: 120_000 }, async () => {
  const story = storyOf(sandbox);
  const carryOut = async (scenario: string, words: readonly string[], step: string) => {
    await story.fire(scenario);
    const card = await story.card(...words);
    await story.decide(await story.askFor(card, step), 'alice');
    await story.inThread(card, ['RUN-', 'verified']);
  };
  await carryOut('public-database', ['RDS.2', 'prod-data'], 'public address');
  await carryOut('public-database-snapshot', ['RDS.1', 'prod-data'], 'Make the snapshot private');
  const writes = (await story.awsLog()).filter((call) => call.service === 'rds' && call.write && call.effect);
  expect(writes.map((call) => call.operation)).toEqual(['ModifyDBInstance', 'ModifyDBSnapshotAttribute']);
});

it('is not ready while its connection to Slack is down, and is again when Slack is back', async () => {
  const ready = async () => {
    const answer = await fetch(`${sandbox.http}/readyz`);
    return { status: answer.status, body: await answer.text() };
  };
  const faults = (method: 'POST' | 'DELETE', body?: object) =>
    fetch(`${sandbox.slack.control}/faults`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });
  expect((await ready()).status).toBe(200);
  await faults('POST', { kind: '5xx', method: 'apps.connections.open', times: 1_000 });
  await faults('POST', { kind: 'drop-socket' });
  const down = await until('503', async () => ((await ready()).status === 503 ? ready() : undefined));
  expect(JSON.parse(down.body)).toMatchObject({ ok: false, checks: { slack: 'not ready', store: 'ok' } });
  await faults('DELETE');
  await until('200', async () => (await ready()).status === 200, 60_000);
}, 90_000);

it('refuses a second process on the same data directory and names the holder', async () => {
  const second = await sandbox.startSecond();
  expect(second.code).not.toBe(0);
  expect(second.output).toContain(String(sandbox.product().pid));
});
