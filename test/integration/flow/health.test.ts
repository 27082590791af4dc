import { beforeEach, describe, expect, it } from 'vitest';
import { HealthReport } from '../../../src/domain/health.ts';
import { healthNow, watchHealth } from '../../../src/flow/health.ts';
import { resume, stop } from '../../../src/flow/kill-switch.ts';
import { PARTS } from '../../../src/ports.ts';
import { WORKERS } from '../../../workers/work.ts';
import { deliver, unwrap } from '../../support/flow-steps.ts';
import { ALICE, BO, flowWorld, guardDutyEvent, RINA, testSettings, type World } from '../../support/flow-world.ts';
import { memoryStore, type TestStore } from '../../support/memory-store.ts';

let store: TestStore;
let world: World;
beforeEach(async () => {
  store = await memoryStore();
  world = flowWorld(store);
  await store.read.processes.beat({ id: 'host.1.a', kind: 'bot', work: PARTS, slack: 'connected' });
});

/** As if so many seconds had passed since the last look and the last edit. */
async function later(seconds = 61): Promise<void> {
  await store.sql(
    `update cordon.ops_line set looked_at = looked_at - make_interval(secs => $1), told_at = told_at - make_interval(secs => $1)`,
    [seconds],
  );
}

async function look(times = 1): Promise<void> {
  for (let time = 0; time < times; time += 1) {
    await later();
    await watchHealth(world.deps);
  }
}

async function told(): Promise<readonly string[]> {
  const row = await store.read.messages.get('health:ops');
  return row === undefined ? ['nothing yet'] : HealthReport.parse(row.data).entries.map((entry) => entry.kind);
}

const edits = async (): Promise<number> => (await store.read.messages.get('health:ops'))?.desiredRev ?? 0;

describe('the line in the operations channel', () => {
  it('says from the first look on that all is quiet, and is not touched while that is so', async () => {
    await look();
    expect(await told()).toEqual([]);
    await look(5);
    expect(await edits()).toBe(1);
  });

  it('tells what two looks have found, and takes it back when two have not', async () => {
    await look();
    await store.read.processes.beat({ id: 'host.1.a', kind: 'bot', work: PARTS, slack: 'down' });
    await look();
    expect(await told()).toEqual([]);
    await look();
    expect(await told()).toEqual(['slack-down']);
    await store.read.processes.beat({ id: 'host.1.a', kind: 'bot', work: PARTS, slack: 'connected' });
    await look();
    expect(await told()).toEqual(['slack-down']);
    await look();
    expect(await told()).toEqual([]);
    expect(await edits()).toBe(3);
  });

  it('does not tell what comes and goes between looks', async () => {
    await look();
    for (let time = 0; time < 4; time += 1) {
      await store.read.processes.beat({ id: 'host.1.a', kind: 'bot', work: PARTS, slack: 'down' });
      await look();
      await store.read.processes.beat({ id: 'host.1.a', kind: 'bot', work: PARTS, slack: 'connected' });
      await look();
    }
    expect(await edits()).toBe(1);
  });

  it('is edited at most once a minute', async () => {
    await look();
    await store.sql('delete from cordon.process');
    for (let time = 0; time < 3; time += 1) {
      await store.sql(`update cordon.ops_line set looked_at = looked_at - interval '16 seconds'`);
      await watchHealth(world.deps);
    }
    expect(await edits()).toBe(1);
    await look();
    expect(await told()).toEqual(['no-process']);
  });

  it('is looked after by one process at a time', async () => {
    await later();
    const looks = await Promise.all([1, 2, 3].map(() => store.read.opsLine.claimLook(15)));
    expect(looks.filter(Boolean)).toHaveLength(1);
  });

  it('says at once that everything is stopped and by whom, and that it goes on', async () => {
    await look();
    unwrap(await stop(world.deps, RINA, 'wrong account'));
    expect(HealthReport.parse((await store.read.messages.get('health:ops'))?.data).entries).toMatchObject([
      { kind: 'stopped', by: RINA.id, reason: 'wrong account' },
    ]);
    await look(2);
    expect(await told()).toEqual(['stopped']);
    unwrap(await resume(world.deps, ALICE));
    unwrap(await resume(world.deps, BO));
    expect(await told()).toEqual([]);
  });
});

describe('what is found', () => {
  const kinds = async (): Promise<readonly string[]> => (await healthNow(world.deps)).map((entry) => entry.kind);

  it('is nothing when nothing is wrong', async () => {
    await deliver(world.deps, guardDutyEvent());
    expect(await kinds()).toEqual([]);
  });

  it('no finding for a day, or for as long as the settings say; zero switches it off', async () => {
    await deliver(world.deps, guardDutyEvent());
    await store.sql(`update cordon.delivery set received_at = now() - interval '25 hours'`);
    expect(await kinds()).toEqual(['silence']);
    world.settings = testSettings((file) => {
      file.health = { quietHours: 48 };
    });
    expect(await kinds()).toEqual([]);
    world.settings = testSettings((file) => {
      file.health = { quietHours: 0 };
    });
    await store.sql(`update cordon.delivery set received_at = now() - interval '90 days'`);
    expect(await kinds()).toEqual([]);
  });

  it('no finding ever, counted from the beginning', async () => {
    await look();
    expect(await kinds()).toEqual([]);
    await store.sql(`update cordon.ops_line set began_at = now() - interval '25 hours'`);
    expect(await healthNow(world.deps)).toEqual([{ kind: 'silence', hours: 24, last: null }]);
  });

  it('a feed whose last reading failed, with what to do', async () => {
    const lastError = { code: 'AccessDenied', message: 'no', hint: 'Deploy the newest infra/hub.json.' };
    for (const name of ['securityhub.eu-west-1', 'guardduty.of-old']) {
      await store.read.feeds.claim(name, 'me', { leaseSeconds: 60, backfillSeconds: 60 });
      await store.read.feeds.finish(name, 'me', { ok: false, lastError, note: null, dueInSeconds: 60 });
    }
    await store.sql(`update cordon.feed set first_connect_at = now() - interval '20 minutes'`);
    expect(await healthNow(world.deps)).toEqual([
      {
        kind: 'feeds',
        count: 1,
        first: [{ name: 'securityhub.eu-west-1', code: 'AccessDenied' }],
        hint: 'Deploy the newest infra/hub.json.',
        over: 900,
      },
    ]);
  });

  it('a part of the work without a live process', async () => {
    await store.sql('delete from cordon.process');
    await store.read.processes.beat({ id: 'host.2.b', kind: 'bot', work: ['slack'], slack: 'connected' });
    await store.read.processes.beat({ id: 'host.3.c', kind: 'worker', work: ['ingest', 'sweep'], slack: 'none' });
    expect(await healthNow(world.deps)).toEqual([
      { kind: 'no-process', parts: ['triage', 'notify', 'propose', 'remediate'] },
    ]);
    await store.sql(`update cordon.process set seen_at = now() - interval '46 seconds' where kind = 'worker'`);
    expect(await healthNow(world.deps)).toMatchObject([{ parts: PARTS.filter((part) => part !== 'slack') }]);
  });

  it('every worker that there is counts as a part of the work', () => {
    expect(PARTS).toEqual(['slack', ...WORKERS]);
  });

  it('settings and playbooks that are not valid', async () => {
    const broken = {
      current: async (): Promise<never> => {
        throw new Error('line 3');
      },
    };
    const deps = { ...world.deps, settings: broken, playbooks: broken };
    expect((await healthNow(deps)).map((entry) => entry.kind)).toEqual(['settings-invalid', 'playbooks-invalid']);
  });

  it('what waits too long, roles that do not answer, messages that cannot be read', async () => {
    await deliver(world.deps, guardDutyEvent());
    await store.tx((tx) => tx.deliveries.insert({ id: 'd1', transport: 'cli', transportId: 'x', body: '{}' }));
    await store.tx((tx) => tx.deliveries.insert({ id: 'd2', transport: 'cli', transportId: 'y', body: '{"a":1}' }));
    await store.tx((tx) =>
      tx.deliveries.setState('d2', 'quarantined', { code: 'x', field: '', message: '', hint: '' }),
    );
    await store.sql(`update cordon.delivery set received_at = now() - interval '7 minutes' where state = 'received'`);
    await store.sql(`update cordon.outbox set created_at = now() - interval '2 hours', sent_at = null`);
    await store.sql(`update cordon.message set waiting_since = now() - interval '20 minutes'`);
    for (const accountId of ['1', '2', '3', '4'].map((digit) => digit.repeat(12)))
      await store.read.health.put({ accountId, purpose: 'read', state: 'trust', detail: '', hint: '' });
    expect(await healthNow(world.deps)).toEqual([
      { kind: 'triage-lag', over: 300 },
      { kind: 'queue-lag', over: 3_600 },
      { kind: 'message-lag', over: 900 },
      { kind: 'accounts', count: 4, first: ['111111111111', '222222222222', '333333333333'] },
      { kind: 'quarantine', count: 1 },
    ]);
  });
});
