/** `/healthz`: this process answers. `/readyz`: it can do its work. No detail that a stranger could use. */
import { messageOf } from '../domain/errors.ts';
import type { Log } from '../ports.ts';
import { type Routes, sendJson } from './serve.ts';

/** What readiness asks; each throws or rejects when its part is not ready. */
export type Checks = Readonly<Record<string, () => Promise<void>>>;

/** A check that hangs is a check that failed. */
const CHECK_MILLISECONDS = 2_000;

/** Whoever asks within this time of another is told the same: nobody can make Cordon ask its database as often as they like. */
const FRESH_MILLISECONDS = 1_000;

/** The two paths that a supervisor asks. `now` is monotonic, in milliseconds. */
export function healthRoutes(checks: Checks, log: Log, now = () => performance.now()): Routes {
  let last: { readonly at: number; readonly answer: Promise<Readiness> } | undefined;
  return {
    'GET /healthz': (_, response) => sendJson(response, 200, { ok: true }),
    'GET /readyz': async (_, response) => {
      if (last === undefined || now() - last.at > FRESH_MILLISECONDS)
        last = { at: now(), answer: readiness(checks, log) };
      const answer = await last.answer;
      sendJson(response, answer.ok ? 200 : 503, answer);
    },
  };
}

interface Readiness {
  readonly ok: boolean;
  /** Names only: why a part is not ready stands in the log. */
  readonly checks: Readonly<Record<string, 'ok' | 'not ready'>>;
}

async function readiness(checks: Checks, log: Log): Promise<Readiness> {
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
