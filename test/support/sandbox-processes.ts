import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { z } from 'zod';
import { type Child, logTail, readyLine, startChild, stopChild } from '../../sandbox/launcher/child.ts';
import { bareEnvironment, productEnvironment } from '../../sandbox/launcher/environment.ts';
import { freePort, waitFor200 } from '../../sandbox/launcher/ports.ts';
import { SLACK_TOKENS } from '../../sandbox/world.ts';

const DIST = fileURLToPath(new URL('../../dist/', import.meta.url));
const SETTINGS = fileURLToPath(new URL('../../sandbox/cordon.yaml', import.meta.url));
const READY_MS = 60_000;

const AwsReady = z.object({ endpoint: z.url(), control: z.url() });
const SlackReady = z.object({ api: z.url(), page: z.url(), control: z.url() });

/** Both simulators and the product, each a process of its own, as `npm start` makes them; the product can be killed and started again by itself. */
export interface Sandbox {
  readonly aws: z.infer<typeof AwsReady>;
  readonly slack: z.infer<typeof SlackReady>;
  readonly dataDir: string;
  /** Base address of the product's HTTP port. */
  readonly http: string;
  readonly product: () => Child;
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** Another bot process on the same database, with a data directory and a port of its own, connected to the same Slack. */
  startReplica(): Promise<Child & { readonly http: string }>;
  /** Starts another product on the same data directory and waits for its end. */
  startSecond(): Promise<{ readonly code: number | NodeJS.Signals; readonly output: string }>;
  /** Process ids of everything that is Cordon: the bot, and each worker that is a process of its own. */
  pids(): Readonly<Record<string, number>>;
  /** SIGKILL for the worker's process; resolves when it is gone. */
  killWorker(name: string): Promise<void>;
  /** Another in the place of one that was killed, as a supervisor would start it. */
  startWorker(name: string): Promise<void>;
  /** Runs a subcommand against the running product; gives what it prints. */
  cli(...args: string[]): Promise<string>;
  close(): Promise<void>;
}

export interface SandboxOptions {
  /** How Slack reaches the product; Socket Mode when not given. */
  readonly slack?: 'socket' | 'http';
  /** cordon.yaml of the product; the sandbox's own when not given. */
  readonly settings?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Workers that are a process each, beside a bot process that does no work; the bot does it all when not given. */
  readonly workers?: readonly string[];
}

/** Needs `npm run build` before. Throws with the end of the log when a process does not start. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const folder = await mkdtemp(join(tmpdir(), 'cordon-test-'));
  const children: Child[] = [];
  const close = async () => {
    for (const child of children.splice(0).reverse()) await stopChild(child, 10_000);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const aws = AwsReady.parse(await simulator(children, folder, 'aws', ['--port', '0', '--control-port', '0']));
    const httpPort = await freePort(0);
    const requestUrl = options.slack === 'http' ? ['--request-url', `http://127.0.0.1:${httpPort}/slack/events`] : [];
    const slack = SlackReady.parse(await simulator(children, folder, 'slack', ['--port', '0', ...requestUrl]));
    const dataDir = join(folder, 'data');
    const { SLACK_APP_TOKEN: appToken = '', ...ofProduct } = productEnvironment(process.env, {
      awsEndpoint: aws.endpoint,
      slackApi: slack.api,
      dataDir,
      settings: options.settings ?? SETTINGS,
      httpPort,
    });
    const environment = {
      ...ofProduct,
      ...(options.slack === 'http'
        ? { SLACK_SIGNING_SECRET: SLACK_TOKENS.signingSecret }
        : { SLACK_APP_TOKEN: appToken }),
      ...options.environment,
      ...(options.workers && { CORDON_WORKERS: 'none' }),
    };
    let product = await startProduct(children, folder, environment, httpPort);
    const workers = new Map<string, Child>();
    const startWorker = async (name: string): Promise<void> => {
      const port = await freePort(0);
      const spec = workerSpec(folder, name, { ...environment, CORDON_HTTP_PORT: String(port) });
      workers.set(name, await startReady(children, spec, port));
    };
    await Promise.all((options.workers ?? []).map(startWorker));
    return {
      aws,
      slack,
      dataDir,
      http: `http://127.0.0.1:${httpPort}`,
      product: () => product,
      async kill() {
        product.process.kill('SIGKILL');
        await product.ended;
      },
      async start() {
        product = await startProduct(children, folder, environment, httpPort);
      },
      async startReplica() {
        const port = await freePort(0);
        const spec = productSpec(folder, {
          ...environment,
          CORDON_DATA_DIR: join(folder, `data-${port}`),
          CORDON_HTTP_PORT: String(port),
        });
        const child = await startReady(children, { ...spec, logFile: join(folder, `cordon-${port}.log`) }, port);
        return Object.assign(child, { http: `http://127.0.0.1:${port}` });
      },
      async startSecond() {
        const logFile = join(folder, 'second.log');
        const child = await startChild({
          ...productSpec(folder, { ...environment, CORDON_HTTP_PORT: String(await freePort(0)) }),
          logFile,
        });
        children.push(child);
        return { code: await child.ended, output: logTail(logFile) };
      },
      pids: () => ({
        bot: product.pid,
        ...Object.fromEntries([...workers].map(([name, { pid }]) => [name, pid])),
      }),
      async killWorker(name) {
        const worker = workers.get(name);
        if (!worker) throw new Error(`there is no worker ${name}`);
        worker.process.kill('SIGKILL');
        await worker.ended;
      },
      startWorker,
      async cli(...args) {
        const program = join(DIST, 'src/cli/main.js');
        const { stdout } = await promisify(execFile)(process.execPath, [program, ...args, '--data-dir', dataDir], {
          env: bareEnvironment(process.env),
        });
        return stdout;
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function simulator(
  children: Child[],
  folder: string,
  name: 'aws' | 'slack',
  args: readonly string[],
): Promise<unknown> {
  const child = await startChild({
    name,
    module: join(DIST, 'sandbox', name, 'main.js'),
    args,
    preloads: [join(DIST, 'sandbox/launcher/die-with-launcher.js')],
    environment: bareEnvironment(process.env),
    logFile: join(folder, `${name}.log`),
    nodeArgs: [],
    stdout: 'pipe',
  });
  children.push(child);
  return readyLine(child, READY_MS);
}

function startProduct(
  children: Child[],
  folder: string,
  environment: Readonly<Record<string, string>>,
  httpPort: number,
): Promise<Child> {
  return startReady(children, productSpec(folder, environment), httpPort);
}

/** Waits until the process says that it can do its work. */
async function startReady(children: Child[], spec: Parameters<typeof startChild>[0], httpPort: number): Promise<Child> {
  const child = await startChild(spec);
  children.push(child);
  let ended = false;
  void child.ended.then(() => {
    ended = true;
  });
  await waitFor200(`http://127.0.0.1:${httpPort}/readyz`, READY_MS, () => {
    if (ended) throw new Error(`${child.name} ended; the end of its log:\n${logTail(child.logFile)}`);
    return true;
  });
  return child;
}

function productSpec(folder: string, environment: Readonly<Record<string, string>>): Parameters<typeof startChild>[0] {
  return {
    name: 'cordon',
    module: join(DIST, 'src/main.js'),
    args: [],
    preloads: [join(DIST, 'sandbox/launcher/die-with-launcher.js'), join(DIST, 'sandbox/launcher/loopback-only.js')],
    environment,
    logFile: join(folder, 'cordon.log'),
    nodeArgs: [],
    stdout: 'log',
  };
}

function workerSpec(
  folder: string,
  name: string,
  environment: Readonly<Record<string, string>>,
): Parameters<typeof startChild>[0] {
  return {
    ...productSpec(folder, environment),
    name: `the worker ${name}`,
    module: join(DIST, 'workers/run.js'),
    args: [name],
    logFile: join(folder, `worker-${name}.log`),
  };
}
