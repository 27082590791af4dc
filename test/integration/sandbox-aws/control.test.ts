import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { SCENARIOS_BY_NAME, SCRIPTS } from '../../../sandbox/aws/scenarios/all.ts';
import { type RunningAws, startAws } from '../../../sandbox/aws/start.ts';
import { HUB_CREDENTIALS } from '../../../sandbox/world.ts';
import { control, startTestAws } from './harness.ts';

const ROOT = join(import.meta.dirname, '../../..');
let aws: RunningAws;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sandbox-aws-'));
  aws = await startTestAws();
});

afterAll(async () => {
  await aws.close();
  rmSync(folder, { recursive: true, force: true });
});

test.each([...SCENARIOS_BY_NAME.keys()])('the scenario %s fires, and what it is about exists', async (name) => {
  const before = aws.organization.queues.list().reduce((sum, queue) => sum + queue.counts().visible, 0);
  const { status, body } = await control(aws, 'POST', `/scenarios/${name}`);
  expect(status).toBe(201);
  expect(body).toMatchObject({ scenario: name, findings: expect.arrayContaining([expect.any(String)]) });
  const after = aws.organization.queues.list().reduce((sum, queue) => sum + queue.counts().visible, 0);
  expect(after).toBeGreaterThan(before);
});

test('scenarios take other resources that exist, and refuse those that do not', async () => {
  const instances = await control(aws, 'GET', '/state/333333333332/eu-west-1/instances');
  const [instanceId] = Object.keys(z.record(z.string(), z.unknown()).parse(instances.body));
  const fired = await control(aws, 'POST', '/scenarios/command-and-control', { account: '333333333332', instanceId });
  expect(fired.body).toMatchObject({ resource: instanceId, account: '333333333332' });
  expect(
    (await control(aws, 'POST', '/scenarios/command-and-control', { instanceId: 'i-0123456789abcdef0' })).status,
  ).toBe(400);
  expect((await control(aws, 'POST', '/scenarios/command-and-control', { colour: 'red' })).status).toBe(400);
  expect((await control(aws, 'POST', '/scenarios/nothing')).status).toBe(404);
});

test('the hostile finding carries its texts unchanged, and the unreadable one is no JSON', async () => {
  const sent = aws.organization.queues.list().flatMap((queue) => queue.bodies());
  expect(sent.some((body) => body.includes('<https://evil.example|Approve>') && body.includes('__proto__'))).toBe(true);
  expect(sent.filter((body) => !isJson(body)).length).toBeGreaterThan(0);
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

test('a script spreads its scenarios over the time', async () => {
  const { body } = await control(aws, 'GET', '/findings');
  const before = z
    .object({ guardduty: z.array(z.unknown()) })
    .loose()
    .parse(body).guardduty.length;
  const played = await control(aws, 'POST', '/play', { script: 'first-minute', overMs: 200 });
  expect(played).toMatchObject({ status: 202, body: { scenarios: SCRIPTS['first-minute'].map(({ name }) => name) } });
  await vi.waitFor(
    async () => {
      const now = z
        .object({ guardduty: z.array(z.unknown()) })
        .loose()
        .parse((await control(aws, 'GET', '/findings')).body);
      expect(now.guardduty.length).toBeGreaterThanOrEqual(before + 6);
    },
    { timeout: 10_000 },
  );
});

test('raw bodies go into the queue, and bad requests are told what is wrong', async () => {
  expect((await control(aws, 'POST', '/events', 'not json at all')).status).toBe(201);
  expect(aws.organization.queues.list().flatMap((queue) => queue.bodies())).toContain('not json at all');
  expect(await control(aws, 'GET', '/nowhere')).toMatchObject({
    status: 404,
    body: { error: expect.stringContaining('GET /health') },
  });
  expect((await control(aws, 'POST', '/clock', { advanceMs: -1 })).status).toBe(400);
  expect((await control(aws, 'POST', '/faults', '{')).status).toBe(400);
  expect((await control(aws, 'GET', '/state/333333333332/eu-west-1/colours')).status).toBe(404);
  expect((await control(aws, 'PATCH', '/state/333333333332/eu-west-1/buckets/none', { Tags: [] })).status).toBe(422);
});

test('a web page cannot use the control API', async () => {
  const response = await fetch(`${aws.control}/events`, {
    method: 'POST',
    body: 'x',
    headers: { origin: 'http://evil.example' },
  });
  expect(response.status).toBe(403);
});

test.runIf(existsSync(join(ROOT, 'infra/hub.json')))("the product's own templates can be deployed", async () => {
  const running = await startAws({
    templates: { hub: join(ROOT, 'infra/hub.json'), member: join(ROOT, 'infra/member-role.json') },
  });
  const roles = running.organization.state.everywhere('roles').map(({ account, row }) => `${account} ${row.RoleName}`);
  await running.close();
  expect(roles.filter((role) => role.endsWith('cordon-read'))).toHaveLength(7);
  expect(roles.filter((role) => role.endsWith('cordon-remediate'))).toHaveLength(6);
  expect(roles).toContain('222222222222 cordon-hub');
  expect(roles).toContain('222222222222 cordon-findings');
});

test('a template that cannot be deployed is named', async () => {
  await expect(
    startTestAws({ templates: { hub: join(folder, 'none.json'), member: join(folder, 'none.json') } }),
  ).rejects.toThrow('none.json');
});

test('as a process: one line when ready, a log file of calls without secrets, a seed file, a clean end', async () => {
  const [logFile, seedFile] = [join(folder, 'calls.jsonl'), join(folder, 'seed.json')];
  writeFileSync(
    seedFile,
    JSON.stringify([
      {
        account: '333333333332',
        kind: 'buckets',
        id: 'acme-prod-web-logs',
        fields: { Tags: [{ Key: 'seeded', Value: 'yes' }] },
      },
    ]),
  );
  const templates = join(import.meta.dirname, 'templates');
  const child = spawn(
    process.execPath,
    [
      '--import',
      'tsx',
      join(ROOT, 'sandbox/aws/main.ts'),
      '--hub-template',
      join(templates, 'hub.json'),
      '--member-template',
      join(templates, 'member.json'),
      '--log-file',
      logFile,
      '--seed-file',
      seedFile,
    ],
    { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const exited = once(child, 'exit');
  const lines: string[] = [];
  const reader = createInterface({ input: child.stdout });
  reader.on('line', (line) => lines.push(line));
  await vi.waitFor(() => expect(lines).toHaveLength(1), { timeout: 30_000 });
  const ready = z
    .object({ ready: z.literal(true), endpoint: z.url(), control: z.url() })
    .parse(JSON.parse(lines[0] ?? ''));
  const sts = new STSClient({ endpoint: ready.endpoint, region: 'eu-west-1', credentials: HUB_CREDENTIALS });
  expect((await sts.send(new GetCallerIdentityCommand({}))).Arn).toContain('assumed-role/cordon-hub/');
  expect(
    await (await fetch(`${ready.control}/state/333333333332/global/buckets/acme-prod-web-logs`)).json(),
  ).toMatchObject({ Tags: [{ Key: 'seeded', Value: 'yes' }] });
  child.kill('SIGTERM');
  expect(await exited).toEqual([0, null]);
  const log = readFileSync(logFile, 'utf8');
  expect(JSON.parse(log.split('\n')[0] ?? '')).toMatchObject({
    seq: 1,
    service: 'sts',
    operation: 'GetCallerIdentity',
    status: 200,
    write: false,
    effect: false,
  });
  expect(log).not.toContain(HUB_CREDENTIALS.sessionToken);
  expect(log).not.toContain(HUB_CREDENTIALS.secretAccessKey);
  expect(lines).toHaveLength(1);
});
