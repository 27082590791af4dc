import { expect, test } from 'vitest';
import { COUNTERS, GAUGES } from '../../../src/domain/metrics.ts';
import { metricsRoute, openMetrics } from '../../../src/http/metrics.ts';
import { serveHttp } from '../../../src/http/serve.ts';
import { PARTS } from '../../../src/ports.ts';
import { approvalPending, deliver, onlyIncident } from '../../support/flow-steps.ts';
import { flowWorld, guardDutyEvent } from '../../support/flow-world.ts';
import { memoryStore } from '../../support/memory-store.ts';
import { QUIET } from '../../support/rows.ts';

const IDLE = { waiting: 0, active: 0, delayed: 0, failed: 0 };

/** Everything that a scraper gets. */
async function scrape(parts: Omit<Parameters<typeof metricsRoute>[0], 'log'>): Promise<string> {
  const server = await serveHttp({ host: '127.0.0.1', port: 0 }, metricsRoute({ ...parts, log: QUIET }), QUIET);
  try {
    const answer = await fetch(`http://127.0.0.1:${server.port}/metrics`);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toContain('text/plain');
    return await answer.text();
  } finally {
    await server.close();
  }
}

test('what has happened here, and how the store and the queue are', async () => {
  const store = await memoryStore();
  const metrics = openMetrics({ basics: false });
  const world = flowWorld(store);
  const deps = { ...world.deps, meter: metrics.meter };
  await deliver(deps, guardDutyEvent());
  await deliver(deps, '{"not":"a finding"}');
  await approvalPending(deps, await onlyIncident(deps));
  await store.read.processes.beat({ id: 'host.1.a', kind: 'bot', work: PARTS, slack: 'down' });
  const jobs = { counts: async () => ({ triage: { ...IDLE, waiting: 7 }, notify: IDLE }) };
  const lines = (await scrape({ metrics, read: store.read, jobs })).split('\n');
  const head = (await store.read.audit.head()).seq;
  for (const line of [
    'cordon_findings_total{source="guardduty",outcome="new"} 1',
    'cordon_deliveries_total{transport="sqs",outcome="processed"} 1',
    'cordon_deliveries_total{transport="sqs",outcome="quarantined"} 1',
    'cordon_store_up 1',
    'cordon_deliveries_waiting 0',
    'cordon_deliveries_quarantined 1',
    'cordon_incidents{state="open",severity="high"} 1',
    'cordon_runs{state="planned"} 1',
    'cordon_approvals{state="pending"} 1',
    'cordon_queue_jobs{queue="triage",state="waiting"} 7',
    'cordon_stopped 0',
    `cordon_audit_head ${head}`,
    'cordon_processes{kind="bot",slack="down"} 1',
  ])
    expect(lines).toContain(line);
  expect(lines.find((line) => line.startsWith('cordon_slack_messages_waiting{kind="message"}'))).not.toMatch(/ 0$/);
  expect(lines.join('\n')).not.toMatch(/333333333331|i-0123456789abcdef0|prod-payments/);
});

test('with the store and the queue down the counters are told all the same', async () => {
  const metrics = openMetrics({ basics: false });
  metrics.meter.count('slackRateLimited', { call: 'post' });
  const broken = async (): Promise<never> => {
    throw new Error('down');
  };
  const text = await scrape({
    metrics,
    read: {
      figures: { now: broken },
      killSwitch: { get: broken, stop: broken, voteResume: broken, clear: broken },
      audit: {
        append: broken,
        note: broken,
        late: broken,
        lateCount: broken,
        forgetLate: broken,
        read: broken,
        ofSubject: broken,
        head: broken,
        anchor: broken,
        cut: broken,
      },
    },
    jobs: { counts: broken },
  });
  expect(text).toContain('cordon_store_up 0');
  expect(text).toContain('cordon_slack_rate_limited_total{call="post"} 1');
  expect(text).not.toContain('cordon_incidents{');
});

test('labels come from the lists alone: whatever is counted, the series are bounded', async () => {
  const metrics = openMetrics({ basics: false });
  for (let at = 0; at < 1_000; at += 1)
    metrics.meter.count('awsCalls', { service: `service-${at}`, outcome: `outcome-${at}`, account: `${at}` });
  const text = await metrics.registry.metrics();
  expect(text.split('\n').filter((line) => line.startsWith('cordon_aws_calls_total{'))).toEqual([
    'cordon_aws_calls_total{service="other",outcome="other"} 1000',
  ]);
});

test('every metric is Cordon’s by its name, and none is named twice', () => {
  const names = [...Object.values(COUNTERS), ...Object.values(GAUGES)].map((spec) => spec.name);
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(name).toMatch(/^cordon_[a-z_]+$/);
  for (const { name } of Object.values(COUNTERS)) expect(name).toMatch(/_total$/);
});

test('two registries share nothing', async () => {
  const [one, other] = [openMetrics(), openMetrics()];
  one.meter.count('writeBacks', { outcome: 'done' });
  expect(await one.registry.metrics()).toContain('cordon_write_backs_total{outcome="done"} 1');
  expect(await other.registry.metrics()).not.toContain('cordon_write_backs_total{');
  expect(await other.registry.metrics()).toContain('cordon_process_cpu_seconds_total');
});
