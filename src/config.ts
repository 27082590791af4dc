/**
 * The environment, read once: the only place in src/ that touches process.env.
 * Nothing configured -> the sandbox; something configured -> everything must be right, and all that is wrong is told at once.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { CONFIG_VARIABLES, type VariableName } from './config-variables.ts';
import { messageOf } from './domain/errors.ts';
import { Secret } from './secret.ts';

/** EX_CONFIG of sysexits.h: what a service manager is told when the configuration is wrong. */
export const EXIT_CONFIG = 78;

export type Environment = Readonly<Record<string, string | undefined>>;
const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
const WORKER_CHOICES = ['all', 'none'] as const;

/** What the environment says, checked; the settings file it points to is read by src/settings.ts. */
export interface Config {
  readonly store: { readonly kind: 'embedded' } | { readonly kind: 'postgres'; readonly url: Secret };
  readonly redisUrl: Secret | null;
  /** Absolute. Holds the embedded store, the command socket, the STOP file and the generated secret. */
  readonly dataDir: string;
  /** Absolute path of cordon.yaml. */
  readonly settingsPath: string;
  readonly queueUrl: string;
  readonly slack: {
    readonly botToken: Secret;
    /** `socket`: Cordon connects to Slack. `http`: Slack sends signed requests to the HTTP port. */
    readonly transport:
      | { readonly kind: 'socket'; readonly appToken: Secret }
      | { readonly kind: 'http'; readonly signingSecret: Secret };
    /** Null: Slack's own. */
    readonly apiUrl: string | null;
  };
  /** Null only when embedded: src/deployment-secret.ts then keeps one in the data directory. */
  readonly secret: Secret | null;
  readonly backfillSeconds: number;
  /** `none`: the workers are processes of their own. */
  readonly workers: (typeof WORKER_CHOICES)[number];
  readonly http: { readonly host: string; readonly port: number };
  readonly logLevel: LogLevel;
  /** Region of STS and the queue. Null: that of the queue's URL, else the home Region of cordon.yaml. */
  readonly awsRegion: string | null;
}

/** One thing that is wrong: which variable, what, and what to do. */
export interface ConfigProblem {
  readonly variable: string;
  readonly problem: string;
  readonly hint: string;
}

export type ConfigResult =
  | { readonly kind: 'sandbox' }
  | { readonly kind: 'product'; readonly config: Config }
  | { readonly kind: 'invalid'; readonly problems: readonly ConfigProblem[] };

/** Reads the file of a `NAME_FILE` variable; throws when it cannot. */
export type ReadFile = (path: string) => string;

/** This process's environment, for the callers of the functions below. */
export function processEnvironment(): Environment {
  return process.env;
}

/** Decides between sandbox and product and checks every variable. Never throws; reads no file but those named by a `NAME_FILE`. */
export function readConfig(env: Environment, readFile: ReadFile = (path) => readFileSync(path, 'utf8')): ConfigResult {
  if (!isConfigured(env)) return sandboxUnlessSplit(env, readFile);
  const reading = new Reading(env, readFile);
  const config = readAll(reading);
  if (config === undefined || reading.problems.length > 0) return { kind: 'invalid', problems: reading.problems };
  return { kind: 'product', config };
}

/** Where the running product listens and where the settings file is: all that the command line needs to reach it. */
export interface Paths {
  readonly dataDir: string;
  readonly settingsPath: string;
}

/** The two paths alone, without any check of the rest. */
export function readPaths(env: Environment): Paths {
  return {
    dataDir: resolve(env['CORDON_DATA_DIR'] || DEFAULT_DATA_DIR),
    settingsPath: resolve(env['CORDON_CONFIG'] || DEFAULT_SETTINGS),
  };
}

/** The problems as lines for a person, one paragraph a variable. */
export function configProblemsText(problems: readonly ConfigProblem[]): string {
  const lines = problems.map(({ variable, problem, hint }) => `  ${variable}: ${problem}\n    ${hint}`);
  return [`Cordon cannot start: ${problems.length} problem(s) in its configuration.`, '', ...lines, ''].join('\n');
}

const DEFAULT_DATA_DIR = '.cordon';
const DEFAULT_SETTINGS = 'cordon.yaml';
/** A socket's path is at most 107 bytes on Linux and 103 on macOS; `/cordon.sock` takes 12. */
const MAX_DATA_DIR_BYTES = 90;
const MIN_SECRET_LENGTH = 32;
/** Slack's are 32 characters; a short one could be guessed and is a mistake anyway. */
const MIN_SIGNING_SECRET_LENGTH = 16;

/** Also true for a variable that is set and empty: a deployment whose secrets came out empty must not start the sandbox. */
function isConfigured(env: Environment): boolean {
  return CONFIG_VARIABLES.some(
    ({ name, configures }) =>
      configures !== 'process' && (env[name] !== undefined || env[`${name}_FILE`] !== undefined),
  );
}

/** With nothing of Slack, AWS or store set, only the process's own variables can be wrong. */
function sandboxUnlessSplit(env: Environment, readFile: ReadFile): ConfigResult {
  const reading = new Reading(env, readFile);
  readProcess(reading);
  return reading.problems.length > 0 ? { kind: 'invalid', problems: reading.problems } : { kind: 'sandbox' };
}

function readAll(reading: Reading): Config | undefined {
  const slack = readSlack(reading);
  const store = readStore(reading);
  const queueUrl = reading.need(
    'CORDON_QUEUE_URL',
    'Set it to the queue that infra/hub.json makes: its URL is in the stack’s outputs.',
  );
  if (queueUrl !== undefined) checkUrl(reading, 'CORDON_QUEUE_URL', queueUrl);
  const settingsPath = resolve(reading.get('CORDON_CONFIG') ?? DEFAULT_SETTINGS);
  const rest = readProcess(reading);
  checkEndpoints(reading);
  if (rest?.workers === 'none' && store?.store.kind === 'embedded') {
    reading.fail(
      'CORDON_WORKERS',
      'is none, but the store is the embedded one',
      'Set DATABASE_URL: no other process can work on the embedded store.',
    );
  }
  if (slack === undefined || store === undefined || queueUrl === undefined || rest === undefined) return undefined;
  return { ...store, ...rest, slack, queueUrl, settingsPath };
}

function readSlack(reading: Reading): Config['slack'] | undefined {
  const botToken = reading.need(
    'SLACK_BOT_TOKEN',
    'Copy “Bot User OAuth Token” from OAuth & Permissions of the Slack app.',
  );
  if (botToken !== undefined && !botToken.startsWith('xoxb-')) {
    reading.fail(
      'SLACK_BOT_TOKEN',
      'does not start with xoxb-',
      'Use the bot token of the app, not a user or app-level token.',
    );
  }
  const transport = readTransport(reading);
  const apiUrl = reading.get('CORDON_SLACK_API_URL');
  if (apiUrl !== undefined) checkUrl(reading, 'CORDON_SLACK_API_URL', apiUrl);
  if (botToken === undefined || transport === undefined) return undefined;
  return { botToken: new Secret(botToken), transport, apiUrl: apiUrl ?? null };
}

/** Which of the two is set decides how Slack reaches Cordon; with both, it would be a guess. */
function readTransport(reading: Reading): Config['slack']['transport'] | undefined {
  if (reading.has('SLACK_APP_TOKEN') && reading.has('SLACK_SIGNING_SECRET')) {
    reading.fail(
      'SLACK_SIGNING_SECRET',
      'is set, and SLACK_APP_TOKEN as well',
      'Unset SLACK_SIGNING_SECRET for Socket Mode, which has no signatures, or SLACK_APP_TOKEN for signed requests over HTTP.',
    );
    return undefined;
  }
  if (reading.has('SLACK_SIGNING_SECRET')) {
    const secret = reading.get('SLACK_SIGNING_SECRET');
    if (secret !== undefined && secret.length < MIN_SIGNING_SECRET_LENGTH)
      reading.fail(
        'SLACK_SIGNING_SECRET',
        `is shorter than ${MIN_SIGNING_SECRET_LENGTH} characters`,
        'Copy “Signing Secret” whole from Basic Information of the Slack app.',
      );
    return secret === undefined ? undefined : { kind: 'http', signingSecret: new Secret(secret) };
  }
  const appToken = reading.need(
    'SLACK_APP_TOKEN',
    'Make an app-level token with connections:write on Basic Information; or set SLACK_SIGNING_SECRET instead, to be reached over HTTP.',
  );
  if (appToken !== undefined && !appToken.startsWith('xapp-')) {
    reading.fail('SLACK_APP_TOKEN', 'does not start with xapp-', 'Use an app-level token with connections:write.');
  }
  return appToken === undefined ? undefined : { kind: 'socket', appToken: new Secret(appToken) };
}

function readStore(reading: Reading): Pick<Config, 'store' | 'redisUrl' | 'dataDir' | 'secret'> | undefined {
  const database = reading.get('DATABASE_URL');
  if (database !== undefined) checkProtocol(reading, 'DATABASE_URL', database, ['postgres:', 'postgresql:']);
  const redis = reading.get('REDIS_URL');
  if (redis !== undefined) checkProtocol(reading, 'REDIS_URL', redis, ['redis:', 'rediss:']);
  if (redis !== undefined && database === undefined && !reading.has('DATABASE_URL')) {
    reading.fail(
      'REDIS_URL',
      'is set without DATABASE_URL',
      'Set DATABASE_URL as well, or leave REDIS_URL out: the embedded store brings its own queue.',
    );
  }
  const dataDir = resolve(reading.get('CORDON_DATA_DIR') ?? DEFAULT_DATA_DIR);
  if (Buffer.byteLength(dataDir) > MAX_DATA_DIR_BYTES) {
    reading.fail(
      'CORDON_DATA_DIR',
      `is longer than ${MAX_DATA_DIR_BYTES} bytes (${dataDir})`,
      'Choose a shorter path: the command socket lies in it and its path is limited by the system.',
    );
  }
  const secret = readSecret(reading, reading.has('DATABASE_URL'));
  return {
    store: database === undefined ? { kind: 'embedded' } : { kind: 'postgres', url: new Secret(database) },
    redisUrl: redis === undefined ? null : new Secret(redis),
    dataDir,
    secret,
  };
}

function readSecret(reading: Reading, required: boolean): Secret | null {
  const how = 'Make one with `openssl rand -hex 32` and keep it: every account’s ExternalId is made from it.';
  const text = required ? reading.need('CORDON_SECRET', how) : reading.get('CORDON_SECRET');
  if (text === undefined) return null;
  if (text.length < MIN_SECRET_LENGTH)
    reading.fail('CORDON_SECRET', `is shorter than ${MIN_SECRET_LENGTH} characters`, how);
  return new Secret(text);
}

function readProcess(
  reading: Reading,
): Pick<Config, 'backfillSeconds' | 'workers' | 'http' | 'logLevel' | 'awsRegion'> | undefined {
  const backfillSeconds = durationSeconds(reading.get('CORDON_BACKFILL') ?? '24h');
  if (backfillSeconds === undefined) {
    reading.fail('CORDON_BACKFILL', 'is not a duration', 'Write a number and a unit: 90m, 24h or 7d.');
  }
  const choice = reading.get('CORDON_WORKERS') ?? 'all';
  const workers = WORKER_CHOICES.find((known) => known === choice);
  if (workers === undefined) reading.fail('CORDON_WORKERS', 'is not a choice', 'Use all or none.');
  const port = portNumber(reading.get('CORDON_HTTP_PORT') ?? '8080');
  if (port === undefined) reading.fail('CORDON_HTTP_PORT', 'is not a port', 'Write a whole number from 0 to 65535.');
  const host = reading.get('CORDON_HTTP_HOST') ?? '127.0.0.1';
  const level = reading.get('CORDON_LOG_LEVEL') ?? 'info';
  const logLevel = LOG_LEVELS.find((known) => known === level);
  if (logLevel === undefined)
    reading.fail('CORDON_LOG_LEVEL', 'is not a level', `Use one of ${LOG_LEVELS.join(', ')}.`);
  const awsRegion = reading.get('AWS_REGION') ?? null;
  if (awsRegion !== null && !/^[a-z]{2}(-[a-z]+)+-\d$/.test(awsRegion)) {
    reading.fail('AWS_REGION', 'is not a Region', 'Write a Region code such as eu-west-1.');
  }
  if (backfillSeconds === undefined || workers === undefined || port === undefined || logLevel === undefined)
    return undefined;
  return { backfillSeconds, workers, http: { host, port }, logLevel, awsRegion };
}

const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

function durationSeconds(text: string): number | undefined {
  const [, number, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const seconds = unit === undefined ? undefined : UNIT_SECONDS[unit];
  return number === undefined || seconds === undefined ? undefined : Number(number) * seconds;
}

function portNumber(text: string): number | undefined {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : -1;
  return port >= 0 && port <= 65_535 ? port : undefined;
}

/** The SDK honours AWS_ENDPOINT_URL and AWS_ENDPOINT_URL_<SERVICE>; credentials must not go to a stranger in the clear. */
function checkEndpoints(reading: Reading): void {
  for (const name of Object.keys(reading.env).sort()) {
    if (!/^AWS_ENDPOINT_URL(_[A-Z0-9_]+)?$/.test(name) || name === 'AWS_ENDPOINT_URL_FILE') continue;
    const value = name === 'AWS_ENDPOINT_URL' ? reading.get('AWS_ENDPOINT_URL') : reading.env[name];
    if (value !== undefined) checkUrl(reading, name, value);
  }
}

function checkUrl(reading: Reading, name: string, text: string): void {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    reading.fail(name, 'is not an http(s) URL', 'Write the whole URL, beginning with https://.');
  } else if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    reading.fail(name, 'is not https', 'Use https; plain http is accepted on loopback only, for the simulators.');
  } else if (url.username !== '' || url.password !== '') {
    reading.fail(name, 'holds a user name or password', 'Leave credentials out of the URL.');
  }
}

/** Names that only ever mean this machine; a name that resolves to it by DNS does not count. */
function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}

function checkProtocol(reading: Reading, name: VariableName, text: string, protocols: readonly string[]): void {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && protocols.includes(url.protocol)) return;
  reading.fail(
    name,
    `is not a ${protocols[0]}// URL`,
    `Write ${protocols[0]}//user:password@host/name; special characters percent-encoded.`,
  );
}

/** One pass over the environment that collects what is wrong instead of stopping at the first. */
class Reading {
  readonly problems: ConfigProblem[] = [];
  readonly env: Environment;
  readonly #readFile: ReadFile;
  readonly #values = new Map<VariableName, string | undefined>();

  constructor(env: Environment, readFile: ReadFile) {
    this.env = env;
    this.#readFile = readFile;
  }

  fail(variable: string, problem: string, hint: string): void {
    this.problems.push({ variable, problem, hint });
  }

  /** True when the variable or its _FILE twin is present, whatever it holds. */
  has(name: VariableName): boolean {
    return this.env[name] !== undefined || this.env[`${name}_FILE`] !== undefined;
  }

  /** The value; undefined when it is absent or, then recorded as a problem, unusable. */
  get(name: VariableName): string | undefined {
    if (!this.#values.has(name)) this.#values.set(name, this.#read(name));
    return this.#values.get(name);
  }

  /** As `get`, and its absence is a problem too. */
  need(name: VariableName, hint: string): string | undefined {
    if (!this.has(name)) this.fail(name, 'is not set', hint);
    return this.get(name);
  }

  #read(name: VariableName): string | undefined {
    const fileName = `${name}_FILE`;
    const direct = this.env[name];
    const file = this.env[fileName];
    if (direct !== undefined && file !== undefined) {
      this.fail(name, `is set, and ${fileName} as well`, 'Unset one of the two.');
      return undefined;
    }
    const value = file === undefined ? direct : this.#readNamedFile(fileName, file);
    if (value === '') {
      this.fail(
        file === undefined ? name : fileName,
        'is empty',
        'Give it a value or unset it; an empty value is never taken for “not set”.',
      );
      return undefined;
    }
    return value;
  }

  #readNamedFile(fileName: string, path: string): string | undefined {
    try {
      return this.#readFile(path).replace(/\r?\n$/, '');
    } catch (error) {
      this.fail(
        fileName,
        `names a file that cannot be read: ${messageOf(error)}`,
        'Check the path and that this user may read it.',
      );
      return undefined;
    }
  }
}
