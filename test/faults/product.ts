/**
 * The product as the fault harness runs it: the parts of `wire` and the start of `npm start`, with the harness's hands around the ports. It kills or pauses itself
 * where it was told to, says what its audit holds, and sends to Slack as fast as it can, so that a trial does not wait for Slack's own limits (CORDON_FAULTS_SLACK_LIMITS=1 keeps them).
 */
import { readConfig } from '../../src/config.ts';
import { messageOf } from '../../src/domain/errors.ts';
import { liveUntilAsked } from '../../src/lifetime.ts';
import { openLog } from '../../src/log.ts';
import { startProduct } from '../../src/product.ts';
import { slackCalls, slackClient } from '../../src/slack/calls.ts';
import { createOutbox, SLACK_CALL_MS } from '../../src/slack/outbox.ts';
import { type Wired, wire } from '../../src/wire.ts';
import { holdWorkers, watchPorts } from './support/fail-points.ts';
import { Order } from './support/orders.ts';

const PAGE = 1_000;

type Strike = Omit<Extract<Order, { ask: 'strike' }>, 'id' | 'ask'>;

let strike: Strike | undefined;
let left = 0;
let workers: ReturnType<typeof holdWorkers> | undefined;

/** SIGKILL and SIGSTOP to oneself take effect before the call returns: nothing that follows is done, or not yet. */
function passing(place: string, when: 'before' | 'after'): void {
  if (strike?.place !== place || strike.when !== when) return;
  left -= 1;
  if (left > 0) return;
  const { how } = strike;
  strike = undefined;
  process.stderr.write(`${JSON.stringify({ name: 'faults', struck: place, when, how })}\n`);
  if (typeof how === 'string') process.kill(process.pid, how);
  else keepBusy(how);
}

function keepBusy(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

const skew = Number(process.env['CORDON_FAULTS_SKEW_MS'] ?? 0);
if (skew !== 0) skewClock(skew);
const read = readConfig(process.env);
if (read.kind !== 'product') throw new Error(`the product is not configured: ${JSON.stringify(read)}`);
const { config } = read;
const log = openLog(config.logLevel);
await liveUntilAsked(log, async (giveUp) => {
  const wired = await wire(config, {
    log,
    onLost: (error) => {
      log.error({ code: error.code, hint: error.hint }, error.message);
      giveUp();
    },
  });
  watchPorts(wired, passing);
  workers = holdWorkers(wired.jobs);
  if (process.env['CORDON_FAULTS_SLACK_LIMITS'] !== '1') sendWithoutBudget(wired);
  process.on('message', (message) => void obey(wired, message));
  return startProduct(wired, log, giveUp);
}).catch((error: unknown) => {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exit(1);
});

async function obey(wired: Wired, message: unknown): Promise<void> {
  const order = Order.parse(message);
  try {
    process.send?.({ id: order.id, value: await carriedOut(wired, order) });
  } catch (error) {
    process.send?.({ id: order.id, value: null, error: messageOf(error) });
  }
}

async function carriedOut(wired: Wired, order: Order): Promise<unknown> {
  switch (order.ask) {
    case 'strike':
      strike = order;
      left = order.nth;
      return null;
    case 'spare':
      strike = undefined;
      return null;
    case 'audit':
      return wired.deps.store.read.audit.read(order.after, PAGE);
    case 'wedge':
      await workers?.wedge();
      return null;
    case 'sql':
      // Several statements at once return no rows that could be told.
      return (await wired.store.pool.query(order.text)).rows ?? null;
  }
}

function sendWithoutBudget({ deps, slack }: Wired): void {
  const client = slackClient({
    token: config.slack.botToken.reveal(),
    apiUrl: config.slack.apiUrl ?? undefined,
    timeoutMilliseconds: SLACK_CALL_MS,
    log,
  });
  const outbox = createOutbox({
    deps: slack.deps,
    calls: slackCalls(client),
    interactive: slackCalls(slack.interactive),
    budget: { take: async () => ({ ok: true }), close: async () => undefined },
  });
  deps.notifier.deliver = (key) => outbox.deliver(key);
}

/** This process's wall clock is wrong from now on; the monotonic one is not. */
function skewClock(milliseconds: number): void {
  const Right = Date;
  const now = (): number => Right.now() + milliseconds;
  globalThis.Date = new Proxy(Right, {
    construct: (target, args, self) => Reflect.construct(target, args.length === 0 ? [now()] : args, self),
    apply: () => new Right(now()).toString(),
    get: (target, name, self) => (name === 'now' ? now : Reflect.get(target, name, self)),
  });
}
