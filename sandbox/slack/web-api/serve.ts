import type { IncomingMessage, ServerResponse } from 'node:http';
import { SLACK_TOKENS } from '../../world.ts';
import { ApiError } from '../api-error.ts';
import type { CallFault } from '../faults.ts';
import { readArguments, sendJson } from '../http.ts';
import { type JsonObject, stringIn } from '../json.ts';
import type { Sim } from '../sim.ts';
import { appMethods } from './app.ts';
import { chatMethods } from './chat.ts';
import { conversationMethods } from './conversations.ts';
import { markMethods } from './marks.ts';
import type { ApiMethod } from './method.ts';
import { peopleMethods } from './people.ts';
import { viewMethods } from './views.ts';

const METHODS: Readonly<Record<string, ApiMethod>> = {
  ...appMethods,
  ...chatMethods,
  ...conversationMethods,
  ...markMethods,
  ...peopleMethods,
  ...viewMethods,
};

/** The scopes that all built methods need together; the bot has them unless it is told otherwise. */
export const ALL_SCOPES: readonly string[] = [
  ...new Set(Object.values(METHODS).flatMap((method) => (method.scope === undefined ? [] : [method.scope]))),
];

/** Serves `/api/<method>`: token, scope, rate limit, asked-for faults, then the method. */
export async function serveApi(
  sim: Sim,
  name: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const args = await readArguments(request);
  const channel = stringIn(args, 'channel');
  const fault = sim.faults.take(name);
  if (fault && answerInstead(sim, name, channel, fault, response)) return;
  const wait = sim.limits.take(name, channel);
  if (wait !== undefined) return sendLimited(sim, name, channel, wait, response);
  const result = call(sim, name, args, tokenOf(request, args));
  record(sim, name, channel, result);
  // Done, but the caller will never know.
  if (fault?.kind === 'timeout-after-accept') return;
  sendJson(response, 200, result, { 'x-oauth-scopes': [...sim.scopes].join(',') });
}

/** Answers a faulty call, or leaves it unanswered. False when the call is to be made first. */
function answerInstead(
  sim: Sim,
  name: string,
  channel: string | undefined,
  fault: CallFault,
  response: ServerResponse,
): boolean {
  switch (fault.kind) {
    case '429':
      sendLimited(sim, name, channel, fault.retryAfter, response);
      return true;
    case '5xx':
      record(sim, name, channel, { ok: false, error: 'http_503' });
      sendJson(response, 503, { ok: false, error: 'service_unavailable' });
      return true;
    case 'error':
      record(sim, name, channel, { ok: false, error: fault.error });
      sendJson(response, 200, { ok: false, error: fault.error });
      return true;
    case 'timeout':
      record(sim, name, channel, { ok: false, error: 'timeout' });
      return true;
    case 'timeout-after-accept':
      return false;
  }
}

function sendLimited(
  sim: Sim,
  name: string,
  channel: string | undefined,
  wait: number,
  response: ServerResponse,
): void {
  record(sim, name, channel, { ok: false, error: 'ratelimited' });
  sendJson(response, 429, { ok: false, error: 'ratelimited' }, { 'retry-after': String(wait) });
}

function call(sim: Sim, name: string, args: JsonObject, token: string): JsonObject {
  try {
    const method = Object.hasOwn(METHODS, name) ? METHODS[name] : undefined;
    if (!method) throw new ApiError('unknown_method', `${name} is not built in this simulator`, { req_method: name });
    authorize(sim, method, token);
    return { ok: true, ...method.run(sim, args) };
  } catch (error) {
    if (error instanceof ApiError) return { ok: false, error: error.code, ...error.data };
    throw error;
  }
}

function authorize(sim: Sim, method: ApiMethod, token: string): void {
  if (method.token === 'none') return;
  if (token === '') throw new ApiError('not_authed', 'no token was sent');
  if (token !== SLACK_TOKENS.bot && token !== SLACK_TOKENS.app)
    throw new ApiError('invalid_auth', 'this token is not of this workspace');
  if ((token === SLACK_TOKENS.app) !== (method.token === 'app'))
    throw new ApiError('not_allowed_token_type', `this method takes the ${method.token} token`);
  if (method.scope !== undefined && !sim.scopes.has(method.scope)) {
    throw new ApiError('missing_scope', `the bot lacks ${method.scope}`, {
      needed: method.scope,
      provided: [...sim.scopes].join(','),
    });
  }
}

function tokenOf(request: IncomingMessage, args: JsonObject): string {
  const [, bearer] = /^Bearer\s+(\S+)$/i.exec(request.headers.authorization ?? '') ?? [];
  return bearer ?? stringIn(args, 'token') ?? '';
}

/** How many calls the log keeps. */
const KEPT_CALLS = 20_000;

function record(sim: Sim, method: string, channel: string | undefined, result: JsonObject): void {
  sim.calls.push({
    at: sim.workspace.now(),
    method,
    channel,
    ok: result['ok'] === true,
    error: stringIn(result, 'error'),
  });
  if (sim.calls.length > KEPT_CALLS) sim.calls.shift();
}
