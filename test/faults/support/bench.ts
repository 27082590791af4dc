import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { type Child, readyLine, startChild, stopChild } from '../../../sandbox/launcher/child.ts';
import { bareEnvironment, productEnvironment } from '../../../sandbox/launcher/environment.ts';
import { freePort } from '../../../sandbox/launcher/ports.ts';
import { startPostgres, startRedis, type TestServer } from '../../support/servers.ts';
import { type Story, storyOf } from '../../support/story.ts';
import { type ProductProcess, startProductProcess } from './product-process.ts';

/** Where the records and the queue lie: the embedded database, or PostgreSQL with the queue in Redis. */
export const ENGINES = ['pglite', 'redis'] as const;
export type Engine = (typeof ENGINES)[number];

export interface BenchOptions {
  /** The product keeps to Slack's limits, and Slack enforces them. Without it a trial would wait for its turn. */
  readonly slackLimits?: boolean;
  readonly environment?: Readonly<Record<string, string>>;
  /** A second process of the product on the same database; the embedded one belongs to one process, and has none. */
  readonly second?: boolean;
  /** Parent folder of the product's data directory, e.g. a small disk. */
  readonly dataIn?: string;
}

/** Both simulators, the engine's servers and the product, each a process of its own. It serves many trials. */
export interface Bench {
  readonly engine: Engine;
  readonly aws: { readonly endpoint: string; readonly control: string };
  readonly slack: { readonly control: string };
  readonly story: Story;
  readonly product: ProductProcess;
  readonly postgres: TestServer | undefined;
  readonly redis: TestServer | undefined;
  readonly folder: string;
  readonly dataDir: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Resources that were used up: each is changed once. */
  readonly used: Set<string>;
  readonly second: ProductProcess | undefined;
  /** Stops everything; `tidy` also removes the folder with the logs. */
  close(tidy?: boolean): Promise<void>;
}

const DIST = fileURLToPath(new URL('../../../dist/', import.meta.url));
const SETTINGS = fileURLToPath(new URL('../../../sandbox/cordon.yaml', import.meta.url));
const READY_MS = 180_000;
/** The product signs the end of the audit chain after so many rows. */
export const CHECKPOINT_ROWS = 20;
/** In the bench's folder: where the product appends its checkpoints. */
export const CHECKPOINTS = 'checkpoints.jsonl';
const AwsReady = z.object({ endpoint: z.url(), control: z.url() });
const SlackReady = z.object({ api: z.url(), page: z.url(), control: z.url() });

/** Needs `npm run build` before, for the simulators. */
export async function startBench(engine: Engine, options: BenchOptions = {}): Promise<Bench> {
  const folder = await mkdtemp(join(tmpdir(), 'cordon-faults-'));
  const closers: (() => Promise<void>)[] = [];
  const close = async (tidy = true) => {
    for (const one of closers.splice(0).reverse()) await one();
    if (tidy) await rm(folder, { recursive: true, force: true });
  };
  try {
    const servers = engine === 'redis' ? await Promise.all([startPostgres(), startRedis('--appendonly', 'yes')]) : [];
    for (const server of servers) closers.push(() => server.stop());
    const simulators: Child[] = [];
    closers.push(async () => {
      for (const child of simulators) await stopChild(child, 5_000);
    });
    const [aws, slack] = await Promise.all([
      simulator(simulators, folder, 'aws', ['--port', '0', '--control-port', '0']).then((line) => AwsReady.parse(line)),
      simulator(simulators, folder, 'slack', ['--port', '0']).then((line) => SlackReady.parse(line)),
    ]);
    const story = storyOf({ aws, slack });
    if (!options.slackLimits) await story.post('/limits', { enabled: false });
    const dataDir = join(options.dataIn ?? folder, 'data');
    const [postgres, redis] = servers;
    const environment = {
      ...productEnvironment(process.env, {
        awsEndpoint: aws.endpoint,
        slackApi: slack.api,
        dataDir,
        settings: await roomySettings(folder),
        httpPort: await freePort(0),
      }),
      ...(postgres && redis && { DATABASE_URL: postgres.url, REDIS_URL: redis.url }),
      ...(options.slackLimits && { CORDON_FAULTS_SLACK_LIMITS: '1' }),
      ...options.environment,
    };
    const product = await startProductProcess(folder, 'cordon', environment);
    closers.push(() => product.close());
    const own = { CORDON_HTTP_PORT: String(await freePort(0)), CORDON_DATA_DIR: join(folder, 'second') };
    const second =
      options.second && postgres ? await startProductProcess(folder, 'second', { ...environment, ...own }) : undefined;
    if (second) closers.push(() => second.close());
    return {
      engine,
      aws,
      slack,
      story,
      product,
      postgres,
      redis,
      folder,
      dataDir,
      environment,
      used: new Set(),
      second,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The sandbox's own settings with limits that hundreds of trials do not reach, and a checkpoint of the audit every few rows. */
async function roomySettings(folder: string): Promise<string> {
  const text = await readFile(SETTINGS, 'utf8');
  const roomy = text.replace(
    /^limits:.*$/m,
    'limits: { runsPerAccountPerHour: 1000, runsPerHour: 5000, shareOfAccountsPerHour: { percent: 100 } }',
  );
  if (roomy === text) throw new Error(`${SETTINGS} has no line of limits`);
  const keeping = `checkpoints:\n    everyRows: ${CHECKPOINT_ROWS}\n    file: ${join(folder, CHECKPOINTS)}`;
  const settings = roomy.replace('checkpoints:', keeping);
  if (settings === roomy) throw new Error(`${SETTINGS} has no checkpoints`);
  const path = join(folder, 'cordon.yaml');
  await writeFile(path, settings);
  return path;
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
