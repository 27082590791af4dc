import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { HOME_REGION, HUB_CREDENTIALS, QUEUE_NAME, SECURITY_ACCOUNT } from '../../../sandbox/world.ts';
import { openFindingsRole } from '../../../src/aws/findings-role.ts';
import { findingsWriteBack } from '../../../src/aws/findings-write-back.ts';
import { openQueue, type QueueConsumer } from '../../../src/aws/queue-consumer.ts';
import type { Finding } from '../../../src/domain/finding.ts';
import { rateBuckets } from '../../../src/rate-buckets.ts';
import { readFindings } from '../../../src/sources/read.ts';
import { openSandbox, type Sandbox, SETTINGS } from '../../support/contract/sandbox.ts';

const NOTE = 'Cordon INC-2026-0001, RUN-7K3F9T2M: done and verified by reading again.';
const State = z.object({
  guardduty: z.array(z.looseObject({ id: z.string(), service: z.looseObject({ archived: z.boolean() }) })),
  securityhub: z.array(
    z.looseObject({
      Id: z.string(),
      Workflow: z.looseObject({ Status: z.string() }).optional(),
      Note: z.looseObject({ Text: z.string(), UpdatedBy: z.string() }).optional(),
    }),
  ),
});

let sandbox: Sandbox;
let queue: QueueConsumer;
beforeEach(async () => {
  sandbox = await openSandbox();
  queue = openQueue({
    queueUrl: `${sandbox.endpoint}/${SECURITY_ACCOUNT}/${QUEUE_NAME}`,
    homeRegion: HOME_REGION,
    endpoint: sandbox.endpoint,
    credentials: HUB_CREDENTIALS,
    waitSeconds: 1,
  });
});
afterEach(async () => {
  queue.close();
  await sandbox.close();
});

const never = () => new AbortController().signal;

/** Fires a scenario and reads what it sent through the queue. */
async function arriving(scenario: string): Promise<readonly Finding[]> {
  await sandbox.control('POST', `scenarios/${scenario}`, {});
  const bodies: string[] = [];
  for (;;) {
    const messages = await queue.receive(never());
    if (messages.length === 0) break;
    for (const message of messages) {
      bodies.push(message.body);
      await queue.delete(message.handle);
    }
  }
  return bodies.flatMap((body) => readFindings(body).findings);
}

async function write(finding: Finding, status: 'NOTIFIED' | 'RESOLVED') {
  const role = openFindingsRole({
    settings: SETTINGS,
    hubRegion: HOME_REGION,
    endpoint: sandbox.endpoint,
    credentials: HUB_CREDENTIALS,
    buckets: rateBuckets({ kind: 'memory' }),
    pause: (milliseconds) => delay(milliseconds),
  });
  try {
    return await findingsWriteBack(role).write(finding, { status, note: NOTE });
  } finally {
    role.close();
  }
}

const stateNow = async () => State.parse(await sandbox.control('GET', 'findings'));

function one(findings: readonly Finding[], shape: string): Finding {
  const found = findings.find((finding) => finding.shape === shape);
  if (found === undefined) throw new Error(`no ${shape} finding came: ${findings.map((it) => it.shape).join()}`);
  return found;
}

describe('findings about databases', () => {
  const rds = 'arn:aws:rds:eu-west-1:333333333333';
  const db = { id: 'reporting', arn: `${rds}:db:reporting` };
  const snapshot = { id: 'reporting-before-migration', arn: `${rds}:snapshot:reporting-before-migration` };

  it.each([
    ['public-database', 'asff', { control: 'RDS.2', entities: { db } }],
    ['public-database-snapshot', 'asff', { control: 'RDS.1', entities: { dbSnapshot: snapshot } }],
    ['database-login', 'guardduty', { entities: { db, ip: { address: '198.51.100.61' } } }],
    ['database-login', 'asff', { type: 'CredentialAccess:RDS/AnomalousBehavior.SuccessfulLogin', entities: { db } }],
  ])('%s as %s names what its playbook acts on', async (scenario, shape, expected) => {
    expect(one(await arriving(scenario), shape)).toMatchObject(expected);
  });
});

describe('the queue of findings', () => {
  it('gives a message until it is deleted, and ends its wait on a signal', async () => {
    await sandbox.control('POST', 'events', { hello: 'world' });
    const [message] = await queue.receive(never());
    expect(message).toMatchObject({ body: '{"hello":"world"}', receiveCount: 1 });
    expect(await queue.depth()).toEqual({ visible: 0, inFlight: 1 });
    await queue.delete(message?.handle ?? '');
    expect(await queue.depth()).toEqual({ visible: 0, inFlight: 0 });

    const stop = new AbortController();
    const waiting = queue.receive(stop.signal);
    stop.abort();
    await expect(waiting).resolves.toEqual([]);
  });

  it('says so when it is not there', async () => {
    const options = { homeRegion: HOME_REGION, endpoint: sandbox.endpoint, credentials: HUB_CREDENTIALS };
    const missing = openQueue({
      ...options,
      queueUrl: `${sandbox.endpoint}/${SECURITY_ACCOUNT}/nobody`,
      waitSeconds: 1,
    });
    await expect(missing.receive(never())).rejects.toMatchObject({ code: 'aws_call_failed' });
    missing.close();
  });
});

describe('writing back to findings', () => {
  it('notes and resolves a GuardDuty finding in both products', async () => {
    const finding = one(await arriving('key-compromise'), 'guardduty');
    expect(await write(finding, 'RESOLVED')).toEqual({ written: ['Security Hub', 'GuardDuty'], failed: [] });
    const state = await stateNow();
    const twin = state.securityhub.find((it) => it.Id.toLowerCase() === finding.key);
    expect(twin).toMatchObject({ Workflow: { Status: 'RESOLVED' }, Note: { Text: NOTE, UpdatedBy: 'cordon' } });
    expect(state.guardduty.find((it) => it.id === finding.id)?.service.archived).toBe(true);
  });

  it('archives nothing while the finding is only noted', async () => {
    const finding = one(await arriving('key-compromise'), 'guardduty');
    expect(await write(finding, 'NOTIFIED')).toEqual({ written: ['Security Hub'], failed: [] });
    expect((await stateNow()).guardduty.some((it) => it.service.archived)).toBe(false);
  });

  it('resolves a failed check in Security Hub', async () => {
    const finding = one(await arriving('public-bucket'), 'asff');
    expect(await write(finding, 'RESOLVED')).toEqual({ written: ['Security Hub'], failed: [] });
    const row = (await stateNow()).securityhub.find((it) => it.Id === finding.writeBack.securityHub?.id);
    expect(row).toMatchObject({ Workflow: { Status: 'RESOLVED' }, Note: { UpdatedBy: 'cordon' } });
  });

  it('tells what a product did not find as its failure, though AWS answers 200', async () => {
    const finding = one(await arriving('public-bucket'), 'asff');
    const hub = finding.writeBack.securityHub;
    if (hub === undefined) throw new Error('the finding has no keys of Security Hub');
    const lost: Finding = { ...finding, writeBack: { securityHub: { ...hub, id: `${hub.id}-gone` } } };
    expect(await write(lost, 'RESOLVED')).toMatchObject({
      written: [],
      failed: [{ product: 'Security Hub', why: expect.stringMatching(/FindingNotFound|not found/i) }],
    });
  });

  it('throws what may pass, so that the whole is tried again', async () => {
    const finding = one(await arriving('public-bucket'), 'asff');
    await sandbox.fault({ service: 'securityhub', operation: 'BatchUpdateFindings', kind: 'server-error', times: 3 });
    await expect(write(finding, 'RESOLVED')).rejects.toMatchObject({ retry: true });
  });
});
