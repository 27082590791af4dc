import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import {
  type Config,
  type ConfigResult,
  configProblemsText,
  type Environment,
  readConfig,
  readPaths,
} from '../../../src/config.ts';
import { CONFIG_VARIABLES } from '../../../src/config-variables.ts';

const COMPLETE: Environment = {
  SLACK_BOT_TOKEN: 'xoxb-1',
  SLACK_APP_TOKEN: 'xapp-1',
  CORDON_QUEUE_URL: 'https://sqs.eu-west-1.amazonaws.com/222222222222/cordon-findings',
};

function noFile(path: string): string {
  throw new Error(`no such file: ${path}`);
}

function problemsOf(result: ConfigResult): Readonly<Record<string, string>> {
  if (result.kind !== 'invalid') throw new Error(`expected problems, got ${result.kind}`);
  return Object.fromEntries(result.problems.map(({ variable, problem }) => [variable, problem]));
}

function configOf(result: ConfigResult): Config {
  if (result.kind !== 'product') throw new Error(`expected a configuration, got ${inspect(result)}`);
  return result.config;
}

describe('nothing configured', () => {
  test('starts the sandbox', () => {
    expect(readConfig({ PATH: '/bin', HOME: '/root' })).toEqual({ kind: 'sandbox' });
  });

  test('an ambient AWS Region, endpoint, log level or port does not make it configured', () => {
    const ambient = {
      AWS_REGION: 'eu-west-1',
      AWS_ENDPOINT_URL: 'http://10.0.0.1',
      CORDON_LOG_LEVEL: 'debug',
      CORDON_HTTP_PORT: '0',
    };
    expect(readConfig(ambient).kind).toBe('sandbox');
  });

  test('a wrong process variable is told instead of being ignored by the sandbox', () => {
    expect(Object.keys(problemsOf(readConfig({ CORDON_LOG_LEVEL: 'loud' })))).toEqual(['CORDON_LOG_LEVEL']);
  });
});

describe('half configured', () => {
  const decisive = CONFIG_VARIABLES.filter(({ configures }) => configures !== 'process').map(({ name }) => name);

  test.each(decisive)('%s alone is never the sandbox', (name) => {
    expect(readConfig({ [name]: 'x' }, noFile).kind).toBe('invalid');
  });

  test.each(decisive)('%s alone, set and empty, is never the sandbox', (name) => {
    expect(problemsOf(readConfig({ [name]: '' }))[name]).toBe('is empty');
  });

  test.each(decisive)('%s_FILE alone is never the sandbox', (name) => {
    expect(readConfig({ [`${name}_FILE`]: '/none' }, noFile).kind).toBe('invalid');
  });

  test('names everything that is wrong at once, each with what to do', () => {
    const result = readConfig({
      SLACK_BOT_TOKEN: 'xoxp-user',
      CORDON_SLACK_API_URL: 'http://slack.example/api/',
      REDIS_URL: 'redis://127.0.0.1',
      CORDON_BACKFILL: 'yesterday',
      CORDON_HTTP_PORT: '70000',
      AWS_ENDPOINT_URL_STS: 'http://198.51.100.7:4566',
    });
    expect(problemsOf(result)).toEqual({
      SLACK_BOT_TOKEN: 'does not start with xoxb-',
      SLACK_APP_TOKEN: 'is not set',
      CORDON_SLACK_API_URL: 'is not https',
      REDIS_URL: 'is set without DATABASE_URL',
      CORDON_QUEUE_URL: 'is not set',
      CORDON_BACKFILL: 'is not a duration',
      CORDON_HTTP_PORT: 'is not a port',
      AWS_ENDPOINT_URL_STS: 'is not https',
    });
    if (result.kind === 'invalid') {
      for (const { hint } of result.problems) expect(hint).toMatch(/\w.*\.$/s);
      expect(configProblemsText(result.problems)).toContain('8 problem(s)');
    }
  });
});

describe('configured', () => {
  test('the least that is needed runs the embedded store', () => {
    const config = configOf(readConfig(COMPLETE));
    expect(config.store).toEqual({ kind: 'embedded' });
    expect(config.secret).toBeNull();
    expect(config.backfillSeconds).toBe(86_400);
    expect(config.http).toEqual({ host: '127.0.0.1', port: 8080 });
    expect(config.slack.botToken.reveal()).toBe('xoxb-1');
    expect(config.dataDir).toMatch(/^\/.*\.cordon$/);
  });

  test('the workers can be left to other processes, but not on the embedded store', () => {
    const database = { DATABASE_URL: 'postgres://cordon@127.0.0.1/cordon', CORDON_SECRET: 'x'.repeat(32) };
    expect(configOf(readConfig(COMPLETE)).workers).toBe('all');
    expect(configOf(readConfig({ ...COMPLETE, ...database, CORDON_WORKERS: 'none' })).workers).toBe('none');
    expect(problemsOf(readConfig({ ...COMPLETE, CORDON_WORKERS: 'none' }))).toEqual({
      CORDON_WORKERS: 'is none, but the store is the embedded one',
    });
    expect(problemsOf(readConfig({ ...COMPLETE, CORDON_WORKERS: 'some' }))).toEqual({
      CORDON_WORKERS: 'is not a choice',
    });
  });

  test('an app token means Socket Mode, a signing secret HTTP; with both it would be a guess, with neither Slack is deaf', () => {
    const { SLACK_APP_TOKEN: _, ...neither } = COMPLETE;
    const secret = { SLACK_SIGNING_SECRET: '8f742231b10e8888abcd99yyyzzz85a5' };
    expect(configOf(readConfig(COMPLETE)).slack.transport.kind).toBe('socket');
    expect(configOf(readConfig({ ...neither, ...secret })).slack.transport.kind).toBe('http');
    expect(problemsOf(readConfig({ ...COMPLETE, ...secret }))).toEqual({
      SLACK_SIGNING_SECRET: 'is set, and SLACK_APP_TOKEN as well',
    });
    expect(problemsOf(readConfig(neither))).toEqual({ SLACK_APP_TOKEN: 'is not set' });
    expect(problemsOf(readConfig({ ...neither, SLACK_SIGNING_SECRET: 'short' }))).toEqual({
      SLACK_SIGNING_SECRET: 'is shorter than 16 characters',
    });
  });

  test('a database needs a secret of at least 32 characters', () => {
    const database = { ...COMPLETE, DATABASE_URL: 'postgres://cordon@127.0.0.1/cordon' };
    expect(problemsOf(readConfig(database))).toEqual({ CORDON_SECRET: 'is not set' });
    expect(problemsOf(readConfig({ ...database, CORDON_SECRET: 'short' }))).toHaveProperty('CORDON_SECRET');
    expect(
      configOf(readConfig({ ...database, CORDON_SECRET: 'x'.repeat(32), REDIS_URL: 'redis://127.0.0.1' })).redisUrl,
    ).not.toBeNull();
  });

  test('a value may come from a file, but not from both places', () => {
    const { SLACK_BOT_TOKEN: _, ...rest } = COMPLETE;
    const files = { ...rest, SLACK_BOT_TOKEN_FILE: '/run/secrets/bot' };
    const readFile = (path: string): string => (path === '/run/secrets/bot' ? 'xoxb-file\n' : noFile(path));
    expect(configOf(readConfig(files, readFile)).slack.botToken.reveal()).toBe('xoxb-file');
    expect(problemsOf(readConfig({ ...COMPLETE, ...files }, readFile))).toEqual({
      SLACK_BOT_TOKEN: 'is set, and SLACK_BOT_TOKEN_FILE as well',
    });
    expect(problemsOf(readConfig(files, noFile))['SLACK_BOT_TOKEN_FILE']).toContain('no such file');
  });

  test.each(['http://127.0.0.1:9', 'http://localhost:9', 'http://[::1]:9'])(
    'plain http is accepted on loopback: %s',
    (endpoint) => {
      expect(
        readConfig({
          ...COMPLETE,
          CORDON_QUEUE_URL: endpoint,
          CORDON_SLACK_API_URL: endpoint,
          AWS_ENDPOINT_URL: endpoint,
        }).kind,
      ).toBe('product');
    },
  );

  test.each([
    'http://127.0.0.1.example.com',
    'http://localhost.example.com',
    'http://0.0.0.0:9',
    'http://169.254.169.254/',
    'ftp://127.0.0.1/',
    'sqs.eu-west-1.amazonaws.com',
    'https://user:password@slack.example/',
  ])('refused as an endpoint: %s', (endpoint) => {
    const problems = problemsOf(
      readConfig({
        ...COMPLETE,
        CORDON_QUEUE_URL: endpoint,
        CORDON_SLACK_API_URL: endpoint,
        AWS_ENDPOINT_URL: endpoint,
      }),
    );
    expect(Object.keys(problems).sort()).toEqual(['AWS_ENDPOINT_URL', 'CORDON_QUEUE_URL', 'CORDON_SLACK_API_URL']);
  });

  test('a data directory too long for a socket is refused', () => {
    expect(problemsOf(readConfig({ ...COMPLETE, CORDON_DATA_DIR: `/${'d'.repeat(100)}` }))).toHaveProperty(
      'CORDON_DATA_DIR',
    );
  });

  test('no secret is printed by any of the usual ways', () => {
    const secrets = {
      ...COMPLETE,
      SLACK_BOT_TOKEN: 'xoxb-hush',
      SLACK_APP_TOKEN: 'xapp-hush',
      DATABASE_URL: 'postgres://u:hush@127.0.0.1/d',
      REDIS_URL: 'redis://:hush@127.0.0.1',
      CORDON_SECRET: `hush${'x'.repeat(40)}`,
    };
    const overHttp = { ...secrets, SLACK_APP_TOKEN: undefined, SLACK_SIGNING_SECRET: 'hush'.repeat(8) };
    for (const config of [secrets, overHttp].map((environment) => configOf(readConfig(environment)))) {
      expect(
        `${JSON.stringify(config)} ${inspect(config, { depth: 9, showHidden: true })} ${config.slack.botToken}`,
      ).not.toContain('hush');
    }
  });

  test('a problem never repeats a secret value', () => {
    const result = readConfig({
      ...COMPLETE,
      SLACK_BOT_TOKEN: 'hush',
      DATABASE_URL: 'hush',
      CORDON_SECRET: 'hush',
      REDIS_URL: 'hush',
    });
    expect(JSON.stringify(result)).not.toContain('hush');
  });
});

test('the paths are absolute and need no other variable', () => {
  expect(readPaths({ CORDON_DATA_DIR: '/data', CORDON_CONFIG: '/etc/cordon.yaml' })).toEqual({
    dataDir: '/data',
    settingsPath: '/etc/cordon.yaml',
  });
});
