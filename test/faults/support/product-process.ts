import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { type Child, logTail, startChild, stopChild } from '../../../sandbox/launcher/child.ts';
import { waitFor200 } from '../../../sandbox/launcher/ports.ts';
import type { AuditRow } from '../../../src/domain/audit.ts';
import { until } from '../../support/poll.ts';
import { Answer, type NewOrder } from './orders.ts';

const DIST = fileURLToPath(new URL('../../../dist/', import.meta.url));
const PRODUCT = join(DIST, 'test/faults/product.js');
const READY_MS = 180_000;
const ANSWER_MS = 30_000;
/** An init system would give up too. */
const MOST_RESTARTS_IN_A_ROW = 8;
/** The clean stop of the product may take 25 s. */
const STOP_MS = 30_000;

const Rows = z.custom<readonly AuditRow[]>((value) => Array.isArray(value));

/** A process of the product that is started again whenever it ends, as an init system would, until it is told to stay down. */
export interface ProductProcess {
  readonly pid: () => number;
  readonly logFile: string;
  /** Times (performance.now) of its deaths, in order. */
  readonly deaths: readonly { readonly at: number; readonly how: number | NodeJS.Signals }[];
  /** When it was last ready; undefined while it is down. */
  readyAt(): number | undefined;
  ready(): Promise<void>;
  tell(order: NewOrder): Promise<unknown>;
  signal(signal: NodeJS.Signals): void;
  /** All audit rows after `seq`. */
  audit(seq: number): Promise<readonly AuditRow[]>;
  /** It is not started again, and gone when this resolves; says how it ended and after how long. */
  down(signal: NodeJS.Signals): Promise<{ readonly how: number | NodeJS.Signals; readonly milliseconds: number }>;
  /** Waits until it is ready; or, on `/healthz`, only until it answers. */
  up(path?: '/readyz' | '/healthz'): Promise<void>;
  close(): Promise<void>;
}

export async function startProductProcess(
  folder: string,
  name: string,
  environment: Readonly<Record<string, string>>,
): Promise<ProductProcess> {
  const logFile = join(folder, `${name}.log`);
  const url = (path: string): string => `http://127.0.0.1:${environment['CORDON_HTTP_PORT']}${path}`;
  const deaths: { at: number; how: number | NodeJS.Signals }[] = [];
  let child: Child | undefined;
  let readyAt: number | undefined;
  let supervised = true;
  let inARow = 0;
  let nextId = 1;

  async function start(path = '/readyz'): Promise<void> {
    const started = await startChild({
      name,
      module: PRODUCT,
      args: [],
      preloads: [join(DIST, 'sandbox/launcher/die-with-launcher.js'), join(DIST, 'sandbox/launcher/loopback-only.js')],
      environment,
      logFile,
      nodeArgs: [],
      stdout: 'log',
    });
    child = started;
    void started.ended.then((how) => ended(started, how));
    let gone = false;
    void started.ended.then(() => {
      gone = true;
    });
    await waitFor200(url(path), READY_MS, () => !gone).catch((error: unknown) => {
      if (!gone) throw error;
    });
    if (gone) return;
    readyAt = performance.now();
    inARow = 0;
  }

  function ended(which: Child, how: number | NodeJS.Signals): void {
    if (which !== child) return;
    deaths.push({ at: performance.now(), how });
    readyAt = undefined;
    inARow += 1;
    if (supervised && inARow < MOST_RESTARTS_IN_A_ROW) void start().catch(() => undefined);
  }

  const product: ProductProcess = {
    pid: () => child?.pid ?? -1,
    logFile,
    deaths,
    readyAt: () => readyAt,
    async ready() {
      await until(
        `${name} to be ready; its log ends with:\n${logTail(logFile)}`,
        async () => readyAt !== undefined,
        READY_MS,
      );
    },
    async tell(order) {
      await product.ready();
      const target = child?.process;
      if (!target) throw new Error(`${name} is not running`);
      const id = nextId++;
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`${name} did not answer ${order.ask}`)), ANSWER_MS);
        const hear = (message: unknown): void => {
          const answer = Answer.safeParse(message);
          if (!answer.success || answer.data.id !== id) return;
          clearTimeout(timer);
          target.off('message', hear);
          if (answer.data.error === undefined) resolve(answer.data.value);
          else reject(new Error(answer.data.error));
        };
        target.on('message', hear);
        target.send({ ...order, id });
      });
    },
    signal: (signal) => void child?.process.kill(signal),
    async audit(seq) {
      const rows: AuditRow[] = [];
      for (;;) {
        const page = Rows.parse(await product.tell({ ask: 'audit', after: rows.at(-1)?.seq ?? seq }));
        if (page.length === 0) return rows;
        rows.push(...page);
      }
    },
    async down(signal) {
      supervised = false;
      const from = performance.now();
      const before = child;
      if (!before) throw new Error(`${name} was never started`);
      before.process.kill(signal);
      const how = await before.ended;
      return { how, milliseconds: performance.now() - from };
    },
    async up(path) {
      supervised = true;
      inARow = 0;
      await start(path);
      await product.ready();
    },
    async close() {
      supervised = false;
      if (!child) return;
      child.process.kill('SIGCONT');
      await stopChild(child, STOP_MS);
    },
  };
  rmSync(logFile, { force: true });
  await start();
  if (readyAt === undefined) throw new Error(`${name} did not start; the end of its log:\n${logTail(logFile)}`);
  return product;
}
