import type { IncomingMessage, ServerResponse } from 'node:http';
import { ApiError } from './api-error.ts';
import { readArguments, sendJson } from './http.ts';
import type { JsonObject } from './json.ts';
import { postResponse } from './respond.ts';
import type { Sim } from './sim.ts';

/** Serves a response_url. Slack answers "ok" as text, and an error as JSON with a status that is not 2xx. */
export async function serveResponse(
  sim: Sim,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await readArguments(request);
  const redeemed = sim.responseUrls.redeem(path);
  const error = redeemed.ok ? attempt(() => postResponse(sim, redeemed.target, body)) : redeemed.error;
  const channel = redeemed.ok ? redeemed.target.channel : undefined;
  sim.calls.push({ at: sim.workspace.now(), method: 'response_url', channel, ok: error === undefined, error });
  if (error === undefined) {
    response.writeHead(200, { 'content-type': 'text/html' }).end('ok');
    return;
  }
  const answer: JsonObject = { ok: false, error };
  sendJson(response, redeemed.ok ? 400 : 404, answer);
}

function attempt(run: () => string | undefined): string | undefined {
  try {
    return run();
  } catch (error) {
    if (error instanceof ApiError) return error.code;
    throw error;
  }
}
