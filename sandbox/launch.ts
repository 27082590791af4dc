/**
 * `npm start` with nothing configured: the simulated AWS, the simulated Slack and the product, each a process of its own.
 * The product gets a scrubbed environment and is started again when it dies; the simulators and their logs survive that.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { type Child, logTail, readyLine, startChild, stopChild } from './launcher/child.ts';
import { bareEnvironment, productEnvironment } from './launcher/environment.ts';
import { type Flags, readFlags, USAGE } from './launcher/flags.ts';
import { freePort, waitFor200 } from './launcher/ports.ts';
import { welcomeText } from './launcher/welcome.ts';

const DEFAULT_PAGE_PORT = 4280;
const READY_MILLISECONDS = 60_000;
const MAX_RESTARTS = 5;
/** The product finishes the step it is in; reliability wants that to take at most 20 s. */
const PRODUCT_STOP_MILLISECONDS = 25_000;
const SIMULATOR_STOP_MILLISECONDS = 5_000;
const IMPATIENT_MILLISECONDS = 1_500;
/** EX_CONFIG: started again it would only say the same. */
const EXIT_CONFIG = 78;

const AwsReady = z.object({ ready: z.literal(true), endpoint: z.url(), control: z.url() });
const SlackReady = z.object({ ready: z.literal(true), api: z.url(), page: z.url(), control: z.url() });

/** `.js` in dist, `.ts` under a TypeScript loader, which the children then need as well. */
const EXTENSION = extname(fileURLToPath(import.meta.url));

class Launcher {
  readonly #flags: Flags;
  readonly #folder: string;
  readonly #dataDir: string;
  readonly #children: { aws?: Child; slack?: Child; product?: Child } = {};
  #restarts = 0;
  #stopping: Promise<void> | undefined;

  constructor(flags: Flags, folder: string) {
    this.#flags = flags;
    this.#folder = folder;
    this.#dataDir = resolve(flags['data-dir'] ?? join(folder, 'data'));
  }

  /** Starts all three, plays the findings and tells where everything is. */
  async start(): Promise<void> {
    await mkdir(this.#dataDir, { recursive: true, mode: 0o700 });
    const [aws, slack] = await Promise.all([this.#startAws(), this.#startSlack()]);
    const httpPort = await freePort(0);
    const environment = productEnvironment(process.env, {
      awsEndpoint: aws.endpoint,
      slackApi: slack.api,
      dataDir: this.#dataDir,
      settings: fileURLToPath(new URL('./cordon.yaml', import.meta.url)),
      httpPort,
    });
    const product = await this.#startProduct(environment);
    const alive = (): boolean => this.#stopping === undefined;
    await waitFor200(`http://127.0.0.1:${httpPort}/readyz`, READY_MILLISECONDS, alive);
    if (!this.#flags['no-play']) await play(aws.control, this.#flags['play-ms']);
    this.#tell({ aws, slack, httpPort, productPid: (this.#children.product ?? product).pid });
  }

  /** Product first, so that it can say goodbye to the simulators; resolves when nothing is left. */
  stop(exitCode: number): Promise<void> {
    this.#stopping ??= this.#stopAll(exitCode);
    return this.#stopping;
  }

  /** A second Ctrl-C: no more patience. */
  killNow(): void {
    for (const child of Object.values(this.#children)) child.process.kill('SIGKILL');
  }

  get isStopping(): boolean {
    return this.#stopping !== undefined;
  }

  async #startAws(): Promise<z.infer<typeof AwsReady>> {
    const args = ['--port', '0', '--control-port', '0', '--log-file', join(this.#folder, 'aws-calls.jsonl')];
    const child = await this.#startSimulator('aws', args);
    return AwsReady.parse(await readyLine(child, READY_MILLISECONDS));
  }

  async #startSlack(): Promise<z.infer<typeof SlackReady>> {
    const port = await freePort(this.#flags.port ?? DEFAULT_PAGE_PORT);
    const child = await this.#startSimulator('slack', ['--port', String(port)]);
    return SlackReady.parse(await readyLine(child, READY_MILLISECONDS));
  }

  async #startSimulator(name: 'aws' | 'slack', args: readonly string[]): Promise<Child> {
    const child = await startChild({
      name: `the simulated ${name === 'aws' ? 'AWS' : 'Slack'}`,
      module: sibling(`./${name}/main`),
      args,
      preloads: [sibling('./launcher/die-with-launcher')],
      environment: bareEnvironment(process.env),
      logFile: join(this.#folder, `${name}.log`),
      nodeArgs: nodeArgs(),
      stdout: 'pipe',
    });
    this.#children[name] = child;
    void child.ended.then((how) => this.#simulatorEnded(child, how));
    if (this.isStopping) await stopChild(child, SIMULATOR_STOP_MILLISECONDS);
    return child;
  }

  async #startProduct(environment: Readonly<Record<string, string>>): Promise<Child> {
    const child = await startChild({
      name: 'Cordon',
      module: sibling('../src/main'),
      args: [],
      preloads: [sibling('./launcher/die-with-launcher'), sibling('./launcher/loopback-only')],
      environment,
      logFile: join(this.#folder, 'cordon.log'),
      nodeArgs: nodeArgs(),
      stdout: 'log',
    });
    this.#children.product = child;
    void child.ended.then((how) => this.#productEnded(child, how, environment));
    return child;
  }

  #simulatorEnded(child: Child, how: number | NodeJS.Signals): void {
    if (this.isStopping) return;
    console.error(`\n${child.name} ended unexpectedly (${how}); stopping.\n${logTail(child.logFile)}`);
    void this.stop(1);
  }

  async #productEnded(
    child: Child,
    how: number | NodeJS.Signals,
    environment: Readonly<Record<string, string>>,
  ): Promise<void> {
    if (this.isStopping) return;
    if (how === EXIT_CONFIG || this.#restarts >= MAX_RESTARTS) {
      console.error(`\nCordon ended (${how}) and is not started again.\n${logTail(child.logFile)}`);
      return this.stop(1);
    }
    this.#restarts += 1;
    console.error(
      `\n!!! Cordon ended unexpectedly (${how}); starting it again (${this.#restarts} of ${MAX_RESTARTS}). Its log: ${child.logFile}`,
    );
    const next = await this.#startProduct(environment);
    if (this.isStopping) return stopChild(next, PRODUCT_STOP_MILLISECONDS);
    if (this.#flags['json-ready']) console.log(JSON.stringify({ restarted: true, product: next.pid }));
  }

  #tell(at: {
    aws: z.infer<typeof AwsReady>;
    slack: z.infer<typeof SlackReady>;
    httpPort: number;
    productPid: number;
  }): void {
    if (!this.#flags['json-ready']) {
      const kept = this.#flags['data-dir'] !== undefined;
      console.log(
        welcomeText({
          page: at.slack.page,
          awsControl: at.aws.control,
          dataDir: this.#dataDir,
          kept,
          playMilliseconds: this.#flags['no-play'] ? null : this.#flags['play-ms'],
        }),
      );
      return;
    }
    const { aws, slack } = this.#children;
    console.log(
      JSON.stringify({
        ready: true,
        page: at.slack.page,
        slackApi: at.slack.api,
        slackControl: at.slack.control,
        awsEndpoint: at.aws.endpoint,
        awsControl: at.aws.control,
        http: `http://127.0.0.1:${at.httpPort}`,
        dataDir: this.#dataDir,
        logs: this.#folder,
        pids: { launcher: process.pid, aws: aws?.pid, slack: slack?.pid, product: at.productPid },
      }),
    );
  }

  async #stopAll(exitCode: number): Promise<void> {
    process.exitCode = exitCode;
    const { product, slack, aws } = this.#children;
    if (product) await stopChild(product, PRODUCT_STOP_MILLISECONDS);
    await Promise.all([slack, aws].map((child) => (child ? stopChild(child, SIMULATOR_STOP_MILLISECONDS) : undefined)));
    if (exitCode === 0) await rm(this.#folder, { recursive: true, force: true });
    else console.error(`Logs and data are kept in ${this.#folder}`);
  }
}

async function play(control: string, overMs: number): Promise<void> {
  const response = await fetch(`${control}/play`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ script: 'first-minute', overMs }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`the simulated AWS did not play its findings: ${response.status} ${text}`);
}

function sibling(path: string): string {
  return fileURLToPath(new URL(`${path}${EXTENSION}`, import.meta.url));
}

/** Under a TypeScript loader the children get the same loader; compiled, nothing. */
function nodeArgs(): readonly string[] {
  return EXTENSION === '.ts' ? process.execArgv : [];
}

function onSignals(launcher: Launcher): void {
  let firstAt: number | undefined;
  const asked = (): void => {
    // One Ctrl-C can arrive twice, from the terminal and from npm; only a later one is impatience.
    firstAt ??= performance.now();
    if (performance.now() - firstAt > IMPATIENT_MILLISECONDS) launcher.killNow();
    if (!launcher.isStopping) console.error('\nStopping …');
    void launcher.stop(0);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, asked);
  // Nobody reads the output any more, or whoever started the launcher has gone: then it has another parent.
  process.stdout.on('error', () => void launcher.stop(0));
  const starter = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === starter) return;
    clearInterval(watch);
    void launcher.stop(0);
  }, 500);
  watch.unref();
}

async function main(): Promise<void> {
  const flags = readFlags(process.argv.slice(2));
  if (flags === 'help') {
    console.log(USAGE);
    return;
  }
  const launcher = new Launcher(flags, await mkdtemp(join(tmpdir(), 'cordon-sandbox-')));
  onSignals(launcher);
  try {
    await launcher.start();
  } catch (error) {
    if (!launcher.isStopping) console.error(error instanceof Error ? error.message : error);
    await launcher.stop(1);
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = EXIT_CONFIG;
});
