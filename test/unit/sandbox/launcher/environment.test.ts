import { expect, test } from 'vitest';
import { productEnvironment } from '../../../../sandbox/launcher/environment.ts';
import { readFlags } from '../../../../sandbox/launcher/flags.ts';
import { readConfig } from '../../../../src/config.ts';

const PLACE = {
  awsEndpoint: 'http://127.0.0.1:1000',
  slackApi: 'http://127.0.0.1:1001/api/',
  dataDir: '/tmp/data',
  settings: '/x/sandbox/cordon.yaml',
  httpPort: 1002,
};

/** What a developer's shell may hold; none of it may reach the product. */
const HOSTILE = {
  AWS_PROFILE: 'prod-admin',
  AWS_ACCESS_KEY_ID: 'AKIAREALKEY000000001',
  AWS_SECRET_ACCESS_KEY: 'real',
  AWS_SESSION_TOKEN: 'real',
  AWS_WEB_IDENTITY_TOKEN_FILE: '/real',
  AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://169.254.170.2/real',
  AWS_ENDPOINT_URL_STS: 'https://real.example',
  HTTPS_PROXY: 'http://real.example',
  https_proxy: 'http://real.example',
  ALL_PROXY: 'http://real.example',
  NODE_OPTIONS: '--require real',
  NODE_EXTRA_CA_CERTS: '/real',
  DATABASE_URL: 'postgres://real',
  SLACK_BOT_TOKEN: 'xoxb-real',
  PATH: '/bin',
};

test('nothing of the developer’s environment but the harmless part reaches the product', () => {
  const environment = productEnvironment(HOSTILE, PLACE);
  const kept = Object.entries(HOSTILE).filter(
    ([name, value]) => environment[name] === value || Object.values(environment).includes(value),
  );
  expect(kept).toEqual([['PATH', '/bin']]);
  expect(environment).not.toHaveProperty('AWS_PROFILE');
  expect(environment).toMatchObject({
    PATH: '/bin',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
  });
});

test('it is a complete configuration by the product’s own reading', () => {
  const result = readConfig(productEnvironment({}, PLACE));
  expect(result).toMatchObject({
    kind: 'product',
    config: { store: { kind: 'embedded' }, dataDir: '/tmp/data', http: { port: 1002 } },
  });
});

test('flags have defaults, and a wrong one is told with the usage', () => {
  expect(readFlags([])).toEqual({ 'no-play': false, 'play-ms': 30_000, 'json-ready': false });
  expect(readFlags(['--port', '0', '--no-play', '--data-dir', 'd'])).toMatchObject({
    port: 0,
    'no-play': true,
    'data-dir': 'd',
  });
  expect(readFlags(['--port', '0', '--help'])).toBe('help');
  expect(() => readFlags(['--prot', '1'])).toThrow(/--prot[\s\S]*usage:/);
  expect(() => readFlags(['--port', 'x'])).toThrow(/usage:/);
});
