import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import type { AnyMiddlewareArgs, Logger, Receiver } from '@slack/bolt';
import { App, type Context, LogLevel, type Middleware, SocketModeReceiver } from '@slack/bolt';
import type { WebClient } from '@slack/web-api';
import { z } from 'zod';
import type { Message } from './block-limits.ts';
import { BUTTONS } from './buttons/index.generated.ts';
import { type SlackCalls, slackCalls } from './calls.ts';
import { COMMANDS } from './commands/index.generated.ts';
import { connectWhenPossible } from './connect.ts';
import type { SlackDeps } from './deps.ts';
import { type Entry, enter } from './enter.ts';
import { httpReceiver, SLACK_PATH } from './http/receiver.ts';
import { readInbound } from './inbound.ts';
import { libraryLogger } from './library-logger.ts';
import { pressButton, runCommand, submitModal } from './listeners.ts';
import { MODALS } from './modals/index.generated.ts';
import type { SubmissionAck } from './submission-reply.ts';

/** How clicks and commands reach Cordon: over connections that it opens itself, or as signed requests to an address of its own. */
export type SlackTransport =
  | { readonly kind: 'socket'; readonly appToken: string }
  | { readonly kind: 'http'; readonly signingSecret: string };

export interface SlackAppOptions {
  readonly botToken: string;
  readonly transport: SlackTransport;
  /** Undefined for Slack itself. */
  readonly apiUrl: string | undefined;
  /** The client for clicks, kept apart from the one that delivers messages. */
  readonly interactive: WebClient;
  readonly deps: SlackDeps;
}

/** Cordon's end of the way to Slack; the handlers are the same for both transports. */
export interface SlackApp {
  /** Paths to be served on the HTTP port; none in Socket Mode. Requests are refused until `start`. */
  readonly routes: Readonly<Record<string, (request: IncomingMessage, response: ServerResponse) => Promise<void>>>;
  /** Resolves when it is connected, however long Slack is down, or has been stopped. Throws CordonError `slack_token_refused`. */
  start(): Promise<void>;
  /** True while interactions can reach this process. */
  isConnected(): boolean;
  /** Waits a little for the interactions under way, then closes the connection. */
  stop(): Promise<void>;
}

/** How long `stop` waits for interactions that have begun, whose answers still need the connection. */
const DRAIN_MILLISECONDS = 5_000;
const DISCONNECT_MILLISECONDS = 3_000;
/** How the Socket Mode client asks for a new connection: never given up, since a failure there would end the process, and never more slowly than this. */
const RECONNECT = {
  timeout: 10_000,
  retryConfig: { forever: true, minTimeout: 1_000, factor: 1.5, maxTimeout: 30_000, randomize: true, unref: true },
} as const;

/** One App: the gate first, then the listeners of buttons, modals and the slash command. */
export function createSlackApp(options: SlackAppOptions): SlackApp {
  const { deps } = options;
  const clientOptions = { ...(options.apiUrl === undefined ? {} : { slackApiUrl: options.apiUrl }) };
  const logger = libraryLogger(deps.log, 'bolt');
  const line =
    options.transport.kind === 'socket'
      ? socketLine(options.transport, clientOptions, logger)
      : httpLine(options.transport, deps);
  const app = new App({
    token: options.botToken,
    receiver: line.receiver,
    logger,
    logLevel: LogLevel.WARN,
    clientOptions: { ...clientOptions, rejectRateLimitedCalls: true, retryConfig: { retries: 0 }, timeout: 10_000 },
    convoStore: false,
    deferInitialization: true,
  });
  const running = new Set<Promise<void>>();
  const over = new AbortController();
  app.use(gate(deps, slackCalls(options.interactive), running));
  listen(app);
  app.error(async (error) => {
    deps.log.error({ code: error.code, err: error.message }, 'an interaction failed outside its listener');
  });
  return {
    routes: line.routes,
    start: () =>
      connectWhenPossible(
        async () => {
          await app.init();
          await app.start();
        },
        { log: deps.log, pause: deps.pause, signal: over.signal },
      ),
    isConnected: line.isConnected,
    async stop() {
      over.abort();
      await atMost(DRAIN_MILLISECONDS, Promise.allSettled(running));
      await atMost(DISCONNECT_MILLISECONDS, line.close());
    },
  };
}

/** A transport with the look at its state that Bolt's own receivers do not offer. */
interface Line extends Pick<SlackApp, 'routes' | 'isConnected'> {
  readonly receiver: Receiver;
  close(): Promise<unknown>;
}

function socketLine(
  { appToken }: { readonly appToken: string },
  clientOptions: { readonly slackApiUrl?: string },
  logger: Logger,
): Line {
  const receiver = new SocketModeReceiver({
    appToken,
    logger,
    logLevel: LogLevel.WARN,
    installerOptions: { clientOptions: { ...clientOptions, ...RECONNECT } },
  });
  const { client } = receiver;
  return {
    receiver,
    routes: {},
    isConnected: () => client.websocket?.isActive() === true,
    close: () => client.disconnect(),
  };
}

function httpLine({ signingSecret }: { readonly signingSecret: string }, deps: SlackDeps): Line {
  const receiver = httpReceiver({ signingSecret, deps });
  return {
    receiver,
    routes: { [`POST ${SLACK_PATH}`]: receiver.handle },
    isConnected: receiver.isOpen,
    close: () => receiver.stop(),
  };
}

/** Waits for the work, but no longer; the timer keeps no process alive. */
async function atMost(milliseconds: number, work: Promise<unknown>): Promise<void> {
  await Promise.race([work, setTimeout(milliseconds, undefined, { ref: false })]);
}

function listen(app: App): void {
  for (const button of BUTTONS)
    app.action(button.actionId, ({ context }) => run(context, (entry) => pressButton(entry, button)));
  for (const modal of MODALS)
    app.view(modal.callbackId, ({ context }) => run(context, (entry) => submitModal(entry, modal)));
  app.command(/.*/, ({ context }) => run(context, (entry) => runCommand(entry, COMMANDS)));
}

async function run(context: Context, work: (entry: Entry) => Promise<void>): Promise<void> {
  const entry: unknown = context['entry'];
  if (!isEntry(entry)) throw new Error('a listener was reached without the gate');
  await work(entry);
}

const entries = new WeakSet<object>();

function isEntry(value: unknown): value is Entry {
  return typeof value === 'object' && value !== null && entries.has(value);
}

/** The parts of Bolt's arguments that the gate uses; the body is parsed, the functions are Bolt's own. */
type Ack = (response?: unknown) => Promise<void>;
type Respond = (message: object) => Promise<unknown>;
const Callable = z.custom<(...input: unknown[]) => Promise<unknown>>((value) => typeof value === 'function');
const Arguments = z.object({ ack: Callable.optional(), respond: Callable.optional() });

function gate(deps: SlackDeps, calls: SlackCalls, running: Set<Promise<void>>): Middleware<AnyMiddlewareArgs> {
  return async (args) => {
    const { ack, respond } = readArguments(args);
    const inbound = readInbound(args.body);
    if (inbound === undefined) {
      deps.log.warn({}, 'an interaction of an unknown shape was dropped');
      await ack?.();
      return;
    }
    const work = (async () => {
      const entry = await enter({
        deps,
        calls,
        commands: COMMANDS,
        inbound,
        known: { buttons: BUTTONS.map((button) => button.actionId), modals: MODALS.map((modal) => modal.callbackId) },
        ack: async (response: SubmissionAck) => {
          await ack?.(response);
        },
        respond: async (message: Message) => {
          await respond?.({
            response_type: 'ephemeral',
            replace_original: false,
            text: message.text,
            blocks: [...message.blocks],
          });
        },
      });
      if (entry === undefined) return;
      entries.add(entry);
      args.context['entry'] = entry;
      await args.next();
    })();
    running.add(work);
    try {
      await work;
    } finally {
      running.delete(work);
    }
  };
}

function readArguments(args: object): { readonly ack: Ack | undefined; readonly respond: Respond | undefined } {
  const { ack, respond } = Arguments.parse({ ack: Reflect.get(args, 'ack'), respond: Reflect.get(args, 'respond') });
  return {
    ack:
      ack === undefined ? undefined : async (response) => void (await (response === undefined ? ack() : ack(response))),
    respond,
  };
}
