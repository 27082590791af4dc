/** `/healthz`: this process answers. `/readyz`: it can do its work. Nothing else, and no detail that a stranger could use. */
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { CordonError, messageOf } from '../domain/errors.ts';
import type { Log } from '../ports.ts';

/** What readiness asks; each throws or rejects when its part is not ready. */
export type ReadinessChecks = Readonly<Record<string, () => Promise<void>>>;

/** A check that hangs is a check that failed. */
const CHECK_MILLISECONDS = 2_000;

/** Listens; port 0 takes any free one. Throws CordonError `http_port_taken`. */
export async function serveHealth(
  address: { readonly host: string; readonly port: number },
  checks: ReadinessChecks,
  log: Log,
): Promise<{ readonly port: number; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    const path = request.url?.split('?')[0];
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return send(response, 405, { error: 'method not allowed' });
    if (path === '/healthz') return send(response, 200, { ok: true });
    if (path !== '/readyz') return send(response, 404, { error: 'not found' });
    void readiness(checks, log).then((answer) => send(response, answer.ok ? 200 : 503, answer));
    return undefined;
  });
  server.listen(address.port, address.host);
  await once(server, 'listening').catch((error: unknown) => {
    throw new CordonError('http_port_taken', `Cannot listen on ${address.host}:${address.port}: ${messageOf(error)}`, {
      hint: 'Set CORDON_HTTP_PORT to a free port.',
      cause: error,
    });
  });
  const bound = server.address();
  return {
    port: typeof bound === 'object' && bound !== null ? bound.port : address.port,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

interface Readiness {
  readonly ok: boolean;
  /** Names only: why a part is not ready stands in the log. */
  readonly checks: Readonly<Record<string, 'ok' | 'not ready'>>;
}

async function readiness(checks: ReadinessChecks, log: Log): Promise<Readiness> {
  const results = await Promise.all(
    Object.entries(checks).map(async ([name, check]) => [name, await passes(name, check, log)] as const),
  );
  return {
    ok: results.every(([, ok]) => ok),
    checks: Object.fromEntries(results.map(([name, ok]) => [name, ok ? 'ok' : 'not ready'])),
  };
}

async function passes(name: string, check: () => Promise<void>, log: Log): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${CHECK_MILLISECONDS} ms`)), CHECK_MILLISECONDS);
  });
  try {
    await Promise.race([check(), late]);
    return true;
  } catch (error) {
    log.warn({ check: name, error: messageOf(error) }, 'not ready');
    return false;
  } finally {
    clearTimeout(timer);
  }
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(`${JSON.stringify(body)}\n`);
}
