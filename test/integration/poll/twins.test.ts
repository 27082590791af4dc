import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { HOME_REGION, SECURITY_ACCOUNT } from '../../../sandbox/world.ts';
import { findingsWriteBack } from '../../../src/aws/findings-write-back.ts';
import { pollDue } from '../../../src/flow/poll.ts';
import { triage } from '../../../src/flow/triage.ts';
import { openSandbox, type Sandbox, SETTINGS } from '../../support/contract/sandbox.ts';
import { sandboxFeeds } from '../../support/feeds.ts';
import { deliver } from '../../support/flow-steps.ts';
import { flowWorld, testSettings, type World } from '../../support/flow-world.ts';
import { memoryStore, type TestStore } from '../../support/memory-store.ts';

const ID = '0123456789abcdef0123456789abcdef';
const Held = z.object({
  guardduty: z.array(z.looseObject({ arn: z.string() })),
  securityhub: z.array(z.looseObject({})),
});

let store: TestStore;
let world: World;
let sandbox: Sandbox;
let open: ReturnType<typeof sandboxFeeds>;

beforeEach(async () => {
  store = await memoryStore();
  world = flowWorld(store);
  world.settings = testSettings((file) => {
    file.polling = { guardDutyRegions: [HOME_REGION] };
  });
  sandbox = await openSandbox();
  open = sandboxFeeds(sandbox.endpoint, SETTINGS);
});
afterEach(async () => {
  open.role.close();
  await sandbox.close();
});

async function poll(): Promise<number> {
  await store.sql(`update cordon.feed set next_due_at = now()`);
  await pollDue(world.deps, { feeds: open.feeds, backfillSeconds: 86_400 }, new AbortController().signal);
  for (const feed of await store.read.feeds.list()) expect(feed.lastError, feed.name).toBeNull();
  const waiting = await store.read.deliveries.list({ state: 'received', limit: 100 });
  for (const { id } of waiting) await triage(world.deps, id);
  return waiting.length;
}

/** As three events tell of the one finding: GuardDuty's own, Security Hub's in its old format and in the new one. */
async function events(): Promise<readonly string[]> {
  const held = Held.parse(await sandbox.control('GET', 'findings'));
  const [duty] = held.guardduty;
  const [hub] = held.securityhub;
  const envelope = { account: SECURITY_ACCOUNT, region: HOME_REGION, time: new Date().toISOString() };
  const event = (source: string, type: string, detail: unknown) =>
    JSON.stringify({ ...envelope, source, 'detail-type': type, detail });
  return [
    event('aws.guardduty', 'GuardDuty Finding', duty),
    event('aws.securityhub', 'Security Hub Findings - Imported', { findings: [hub] }),
    event('aws.securityhub', 'Findings Imported V2', { findings: [ocsfOf(duty)] }),
  ];
}

/** The same in the format of the new Security Hub, as far as it is read. */
function ocsfOf(duty: Record<string, unknown> | undefined): object {
  const finding = z
    .looseObject({
      arn: z.string(),
      type: z.string(),
      accountId: z.string(),
      createdAt: z.string(),
      updatedAt: z.string(),
    })
    .parse(duty);
  return {
    class_uid: 2004,
    activity_id: 1,
    severity_id: 4,
    severity: 'High',
    status_id: 1,
    time: Date.parse(finding.updatedAt),
    time_dt: finding.updatedAt,
    cloud: { provider: 'AWS', region: HOME_REGION, account: { uid: finding.accountId } },
    metadata: {
      product: { uid: `arn:aws:securityhub:${HOME_REGION}::productv2/aws/guardduty`, name: 'GuardDuty' },
      uid: 'made-up',
    },
    finding_info: {
      uid: finding.arn,
      title: 'An instance queries a domain.',
      types: ['Threats', finding.type],
      created_time_dt: finding.createdAt,
      modified_time_dt: finding.updatedAt,
    },
    resources: [],
  };
}

async function expectOneOfAll(): Promise<void> {
  expect(await store.read.findings.count()).toBe(1);
  expect(await store.read.incidents.list({ limit: 10 })).toHaveLength(1);
}

describe('the same finding by queue and by poll, in all its shapes', () => {
  it.each(['poll first', 'queue first', 'poll in between'])('is one finding and one incident: %s', async (order) => {
    await sandbox.control('POST', 'scenarios/command-and-control', { id: ID });
    const three = await events();
    if (order === 'poll first') await poll();
    for (const event of three) {
      await deliver(world.deps, event);
      if (order === 'poll in between') await poll();
    }
    if (order === 'queue first') await poll();
    await expectOneOfAll();
    const [incident] = await store.read.incidents.list({ limit: 1 });
    expect(await store.read.messages.get(`card:${incident?.id}`)).toBeDefined();
    expect(await poll(), 'what is known is not delivered again').toBe(0);
    expect(await store.read.deliveries.list({ state: 'quarantined', limit: 10 })).toEqual([]);
  });

  it('our own write-back is not news', async () => {
    await sandbox.control('POST', 'scenarios/command-and-control', { id: ID });
    await poll();
    const [incident] = await store.read.incidents.list({ limit: 1 });
    const [stored] = await store.read.findings.ofIncident(incident?.id ?? '');
    if (!stored) throw new Error('nothing was stored');
    await findingsWriteBack(open.role).write(stored.finding, { status: 'NOTIFIED', note: 'Cordon: looked at.' });
    await poll();
    await poll();
    await expectOneOfAll();
    const [after] = await store.read.incidents.list({ limit: 1 });
    expect(after).toMatchObject({ rev: incident?.rev, state: 'open' });
    expect((await store.read.findings.get(stored.finding.key))?.finding).toMatchObject({ noteBy: 'cordon' });
  });

  it('what GuardDuty archived while nobody listened closes, though no time has changed', async () => {
    await sandbox.control('POST', 'scenarios/command-and-control', { id: ID });
    await poll();
    const [stored] = await store.read.findings.openInGuardDuty(HOME_REGION, 10);
    const account = stored?.finding.accountId ?? '';
    const row = z
      .looseObject({ service: z.looseObject({}) })
      .parse(await sandbox.control('GET', `state/${account}/${HOME_REGION}/guardduty-findings/${ID}`));
    await sandbox.patch({ account, region: HOME_REGION }, 'guardduty-findings', ID, {
      service: JSON.parse(JSON.stringify({ ...row.service, archived: true })),
    });
    expect(await poll()).toBe(1);
    expect((await store.read.incidents.list({ limit: 10 }))[0]).toMatchObject({ state: 'resolved' });
    expect(await poll()).toBe(0);
  });

  it('a page in a hundred is empty, and AWS says to slow down: nothing is lost', async () => {
    for (let number = 0; number < 3; number += 1) await sandbox.control('POST', 'scenarios/public-bucket', {});
    for (const order of [
      { service: 'securityhub', operation: 'GetFindings', kind: 'empty-page' },
      { service: 'securityhub', operation: 'GetFindings', kind: 'throttle', times: 2 },
      { service: 'guardduty', operation: 'ListFindings', kind: 'throttle' },
    ])
      await sandbox.fault(order);
    expect(await poll()).toBe(6);
    expect(await store.read.findings.count()).toBe(6);
  });
});
