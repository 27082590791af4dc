import { afterEach, expect, test } from 'vitest';
import { type Checks, healthRoutes } from '../../../src/http/health.ts';
import { serveHttp } from '../../../src/http/serve.ts';
import type { Log } from '../../../src/ports.ts';

const ANY_PORT = { host: '127.0.0.1', port: 0 };
const warnings: string[] = [];
const log: Log = { debug() {}, info() {}, error() {}, warn: (fields) => void warnings.push(JSON.stringify(fields)) };

let close: (() => Promise<void>) | undefined;
afterEach(async () => {
  await close?.();
  close = undefined;
  warnings.length = 0;
});

async function ask(path: string, checks: Checks, method = 'GET') {
  const server = await serveHttp(ANY_PORT, healthRoutes(checks, log), log);
  close = server.close;
  const response = await fetch(`http://127.0.0.1:${server.port}${path}`, { method });
  return { status: response.status, body: await response.text() };
}

const fine = async (): Promise<void> => {};
const broken = async (): Promise<void> => {
  throw new Error('password hunter2 is wrong');
};

test('healthy as long as the process answers, whatever is not ready', async () => {
  expect((await ask('/healthz', { store: broken })).status).toBe(200);
});

test('ready when every check passes', async () => {
  const { status, body } = await ask('/readyz', { store: fine, queue: fine });
  expect(status).toBe(200);
  expect(JSON.parse(body)).toEqual({ ok: true, checks: { store: 'ok', queue: 'ok' } });
});

test('not ready when one fails: it is named, why stands in the log alone', async () => {
  const { status, body } = await ask('/readyz?verbose', { store: fine, slack: broken });
  expect(status).toBe(503);
  expect(JSON.parse(body)).toEqual({ ok: false, checks: { store: 'ok', slack: 'not ready' } });
  expect(body).not.toContain('hunter2');
  expect(warnings.join()).toContain('slack');
});

test('a check that hangs is not ready', async () => {
  expect((await ask('/readyz', { store: () => new Promise(() => {}) })).status).toBe(503);
});

test('nothing else is there', async () => {
  expect((await ask('/', {})).status).toBe(404);
  await close?.();
  expect((await ask('/healthz', {}, 'POST')).status).toBe(405);
});

test('a taken port is an error that says what to do', async () => {
  const first = await serveHttp(ANY_PORT, {}, log);
  close = first.close;
  await expect(serveHttp({ host: '127.0.0.1', port: first.port }, {}, log)).rejects.toMatchObject({
    code: 'http_port_taken',
  });
});
