import { afterEach, expect, test } from 'vitest';
import { type Checks, healthRoutes } from '../../../src/http/health.ts';
import { type Route, sendJson, serveHttp } from '../../../src/http/serve.ts';
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

test('a hundred who ask within a second whether it is ready cost one look, and after it another', async () => {
  let clock = 0;
  let looks = 0;
  const look = async (): Promise<void> => {
    looks += 1;
  };
  const server = await serveHttp(
    ANY_PORT,
    healthRoutes({ store: look }, log, () => clock),
    log,
  );
  close = server.close;
  const url = `http://127.0.0.1:${server.port}/readyz`;
  const statuses = await Promise.all(Array.from({ length: 100 }, async () => (await fetch(url)).status));
  expect([new Set(statuses), looks]).toEqual([new Set([200]), 1]);
  clock += 1_001;
  await fetch(url);
  expect(looks).toBe(2);
});

test('with 256 requests under way one more is asked to come again', async () => {
  let arrived = 0;
  let letGo: () => void = () => undefined;
  const gone = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const slow: Route = async (_, response) => {
    arrived += 1;
    await gone;
    sendJson(response, 200, {});
  };
  const server = await serveHttp(ANY_PORT, { 'GET /slow': slow }, log);
  close = server.close;
  const url = `http://127.0.0.1:${server.port}/slow`;
  const waiting = Array.from({ length: 256 }, async () => (await fetch(url)).status);
  await expect.poll(() => arrived, { timeout: 15_000 }).toBe(256);
  const turnedAway = await fetch(url);
  expect([turnedAway.status, await turnedAway.json()]).toEqual([503, { error: 'busy' }]);
  letGo();
  expect(new Set(await Promise.all(waiting))).toEqual(new Set([200]));
  expect((await fetch(url)).status).toBe(200);
});
