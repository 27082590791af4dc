/** `/metrics`: counters of this process, and figures read from the store and the queue when somebody asks. */
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { messageOf } from '../domain/errors.ts';
import { boundedLabels, COUNTERS, GAUGES, type GaugeId } from '../domain/metrics.ts';
import type { Figures, Log, Meter, Repositories } from '../ports.ts';
import type { Routes } from './serve.ts';

/** Several scrapers within this time share one look at the store. */
const FRESH_MILLISECONDS = 5_000;

/** The counters of a process and the registry that they are told from. */
export interface Metrics {
  readonly meter: Meter;
  readonly registry: Registry;
}

/** A registry of its own: nothing is global. `basics` adds what Node says of itself. */
export function openMetrics(options: { readonly basics?: boolean } = {}): Metrics {
  const registry = new Registry();
  if (options.basics !== false) collectDefaultMetrics({ register: registry, prefix: 'cordon_' });
  const counters = Object.entries(COUNTERS).map(([id, spec]) => {
    const labelNames = Object.keys(spec.labels);
    return [id, new Counter({ name: spec.name, help: spec.help, labelNames, registers: [registry] })] as const;
  });
  const byId = new Map<string, Counter>(counters);
  return {
    registry,
    meter: { count: (what, labels) => byId.get(what)?.inc({ ...boundedLabels(COUNTERS[what], labels) }) },
  };
}

/** The route of a process that has been put together. */
export function metricsOf(parts: {
  readonly metrics: Metrics;
  readonly store: { readonly read: MetricsParts['read'] };
  readonly jobs: MetricsParts['jobs'];
  readonly deps: { readonly log: Log };
}): Routes {
  return metricsRoute({ metrics: parts.metrics, read: parts.store.read, jobs: parts.jobs, log: parts.deps.log });
}

export interface MetricsParts {
  readonly metrics: Metrics;
  readonly read: Pick<Repositories, 'figures' | 'killSwitch' | 'audit'>;
  readonly jobs: { counts(): Promise<Readonly<Record<string, object>>> };
  readonly log: Log;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/** Prometheus' text format. When the store or the queue does not answer, the counters are told all the same. */
export function metricsRoute({ metrics, read, jobs, log, now = Date.now }: MetricsParts): Routes {
  const { registry } = metrics;
  const gauges = new Map<GaugeId, Gauge>();
  for (const [id, spec] of Object.entries(GAUGES) as [GaugeId, (typeof GAUGES)[GaugeId]][])
    gauges.set(
      id,
      new Gauge({ name: spec.name, help: spec.help, labelNames: Object.keys(spec.labels), registers: [registry] }),
    );
  const set = (id: GaugeId, labels: Readonly<Record<string, string>>, value: number): void => {
    gauges.get(id)?.set({ ...boundedLabels(GAUGES[id], labels) }, value);
  };
  const look = async (): Promise<void> => {
    const [figures, killSwitch, head, counts] = await Promise.all([
      read.figures.now().catch(nothing(log, 'figures')),
      read.killSwitch.get().catch(nothing(log, 'stop switch')),
      read.audit.head().catch(nothing(log, 'audit head')),
      jobs.counts().catch(nothing(log, 'queue')),
    ]);
    for (const gauge of gauges.values()) gauge.reset();
    set('storeUp', {}, figures === undefined ? 0 : 1);
    if (figures) showFigures(figures, set, now());
    if (killSwitch) set('stopped', {}, killSwitch.stopped ? 1 : 0);
    if (head) set('auditHead', {}, head.seq);
    for (const [queue, states] of Object.entries(counts ?? {}))
      for (const [state, value] of Object.entries(states)) set('jobs', { queue, state }, Number(value));
  };
  let lastLook: { readonly at: number; readonly done: Promise<void> } | undefined;
  return {
    'GET /metrics': async (_, response) => {
      if (lastLook === undefined || performance.now() - lastLook.at > FRESH_MILLISECONDS)
        lastLook = { at: performance.now(), done: look() };
      await lastLook.done;
      const text = await registry.metrics();
      response.writeHead(200, { 'content-type': registry.contentType, 'cache-control': 'no-store' });
      response.end(text);
    },
  };
}

type SetGauge = (id: GaugeId, labels: Readonly<Record<string, string>>, value: number) => void;

function showFigures(figures: Figures, set: SetGauge, now: number): void {
  const { deliveries, messages, writeBacks, outbox, lastDeliveryAt } = figures;
  set('deliveriesWaiting', {}, deliveries.waiting);
  set('deliveriesOldest', {}, deliveries.oldestSeconds);
  set('quarantined', {}, deliveries.quarantined);
  if (lastDeliveryAt !== null) set('sinceDelivery', {}, Math.max(0, (now - Date.parse(lastDeliveryAt)) / 1000));
  for (const id of ['incidents', 'runs', 'approvals', 'accounts', 'feeds', 'feedsOldest', 'processes'] as const)
    for (const { labels, count } of figures[id]) set(id, labels, count);
  set('messagesWaiting', { kind: 'message' }, messages.count);
  set('messagesOldest', { kind: 'message' }, messages.oldestSeconds);
  set('messagesWaiting', { kind: 'writeback' }, writeBacks.count);
  set('messagesOldest', { kind: 'writeback' }, writeBacks.oldestSeconds);
  set('outboxUnsent', {}, outbox.count);
  set('outboxOldest', {}, outbox.oldestSeconds);
}

function nothing(log: Log, what: string): (error: unknown) => undefined {
  return (error) => {
    log.warn({ what, err: messageOf(error) }, 'a part of the metrics cannot be read');
    return undefined;
  };
}
