import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { type RunningSlack, startSlack } from '../../../sandbox/slack/start.ts';
import { SLACK_TOKENS } from '../../../sandbox/world.ts';
import { planHash } from '../../../src/domain/plan.ts';
import { type Route, serveHttp } from '../../../src/http/serve.ts';
import { rateBuckets } from '../../../src/rate-buckets.ts';
import { createSlackApp } from '../../../src/slack/app.ts';
import { slackCalls, slackClient } from '../../../src/slack/calls.ts';
import type { Delivery } from '../../../src/slack/delivery.ts';
import { slackDirectory } from '../../../src/slack/directory.ts';
import type { FlowApi } from '../../../src/slack/flow-api.ts';
import { SLACK_PATH } from '../../../src/slack/http/receiver.ts';
import { rateBudget } from '../../../src/slack/limits.ts';
import { createOutbox } from '../../../src/slack/outbox.ts';
import { QUIET } from '../../support/rows.ts';
import { type LogLine, recordingLog, type World, world } from '../../unit/slack/support/deps.ts';
import { approval, finding, incident, plan, run, SETTINGS } from '../../unit/slack/support/fixtures.ts';

export const TRIAGE = 'C0TRIAGE001';
export const OPS = 'C0SECOPS001';
export const CARD = 'card:INC-2026-0001';
export const REASON = 'Seen in the logs, twice today.';

const Message = z.object({
  ts: z.string(),
  text: z.string(),
  thread_ts: z.string().nullable(),
  ephemeral_to: z.string().nullable(),
  author: z.unknown(),
  edited: z.unknown(),
  blocks: z.array(z.looseObject({ type: z.string(), block_id: z.string().optional() })).nullish(),
});
type Message = z.infer<typeof Message>;
const View = z.looseObject({
  id: z.string(),
  hash: z.string(),
  callback_id: z.string(),
  private_metadata: z.string(),
  title: z.object({ text: z.string() }),
  blocks: z.array(z.unknown()),
  submit: z.unknown(),
});
type View = z.infer<typeof View>;

export interface Bench extends World, AsyncDisposable {
  readonly slack: RunningSlack;
  /** Where the simulated Slack sends signed requests; nobody answers there in Socket Mode. */
  readonly requestUrl: string;
  deliver(key: string): Promise<Delivery>;
  control(method: 'GET' | 'POST' | 'DELETE', path: string, body?: object): Promise<Record<string, unknown>>;
  messages(channel: string): Promise<readonly Message[]>;
  /** Ephemeral messages to the person, oldest first. */
  whispers(channel: string, user: string): Promise<readonly Message[]>;
  modal(user: string): Promise<View | undefined>;
  calledMethods(): Promise<readonly string[]>;
}

/** The scopes of the committed manifest: the simulated Slack refuses what they do not cover. */
function manifestScopes(): readonly string[] {
  const shape = z.object({ oauth_config: z.object({ scopes: z.object({ bot: z.array(z.string()) }) }) });
  return shape.parse(parse(readFileSync('slack-manifest.yaml', 'utf8'))).oauth_config.scopes.bot;
}

/** The real app, clients and outbox against the simulated Slack; tables in memory and a flow that a test can follow. */
export async function bench(api: Partial<FlowApi> = {}, over: 'socket' | 'http' = 'socket'): Promise<Bench> {
  // Slack is told the address before there is an app behind it.
  let answer: Route = () => undefined;
  const http = await serveHttp(
    { host: '127.0.0.1', port: 0 },
    { [`POST ${SLACK_PATH}`]: (request, response) => answer(request, response) },
    QUIET,
  );
  const requestUrl = `http://127.0.0.1:${http.port}${SLACK_PATH}`;
  const slack = await startSlack({ scopes: manifestScopes(), ...(over === 'http' ? { requestUrl } : {}) });
  const lines: LogLine[] = [];
  const clients = { token: SLACK_TOKENS.bot, apiUrl: slack.api, timeoutMilliseconds: 1_500, log: recordingLog(lines) };
  const interactive = slackClient(clients);
  const people = slackDirectory({
    client: interactive,
    settings: { current: async () => SETTINGS },
    freshMilliseconds: 0,
  });
  const made = world({
    lookUp: people.lookUp,
    usergroups: people.usergroups,
    names: people.names,
    pause: (milliseconds) => new Promise((done) => setTimeout(done, milliseconds)),
    now: () => new Date().toISOString(),
  });
  const { deps, store } = made;
  const flow: FlowApi = { ...deps.api, ...followingFlow(made), ...api };
  const whole = { ...deps, api: flow };
  store.incidents.set('INC-2026-0001', incident());
  store.findings.set('INC-2026-0001', [finding()]);
  store.touch(CARD, 'card', 'INC-2026-0001');
  const outbox = createOutbox({
    deps: whole,
    calls: slackCalls(slackClient(clients)),
    interactive: slackCalls(interactive),
    budget: rateBudget(rateBuckets({ kind: 'memory' })),
  });
  const app = createSlackApp({
    botToken: SLACK_TOKENS.bot,
    transport:
      over === 'http'
        ? { kind: 'http', signingSecret: SLACK_TOKENS.signingSecret }
        : { kind: 'socket', appToken: SLACK_TOKENS.app },
    apiUrl: slack.api,
    interactive,
    deps: whole,
  });
  answer = app.routes[`POST ${SLACK_PATH}`] ?? answer;
  await app.start();
  return {
    ...made,
    deps: whole,
    slack,
    requestUrl,
    ...controls(slack),
    deliver: (key) => outbox.deliver(key),
    async [Symbol.asyncDispose]() {
      await app.stop();
      await slack.close();
      await http.close();
    },
  };
}

function controls(slack: RunningSlack) {
  const control: Bench['control'] = async (method, path, body) => {
    const init =
      body === undefined
        ? { method }
        : { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
    const response = await fetch(`${slack.control}/${path}`, init);
    return z.record(z.string(), z.unknown()).parse(await response.json());
  };
  const messages = async (channel: string) =>
    z.array(Message).parse((await control('GET', `messages?channel=${channel}`))['messages']);
  return {
    control,
    messages,
    async whispers(channel: string, user: string) {
      return (await messages(channel)).filter((message) => message.ephemeral_to === user);
    },
    async modal(user: string) {
      return z
        .array(View)
        .parse((await control('GET', `views?user=${user}`))['views'])
        .at(-1);
    },
    async calledMethods() {
      return z
        .array(z.looseObject({ method: z.string() }))
        .parse((await control('GET', 'log'))['calls'])
        .map((call) => call.method);
    },
  };
}

/** A flow with just enough memory for the way from a step to a decision: it checks nothing but who asks. */
function followingFlow({ store, calls }: World): Partial<FlowApi> {
  const no = (code: string, message: string) =>
    ({ ok: false, refusal: { code, message, hint: 'Nothing to do.' } }) as const;
  return {
    async acknowledge(actor, input) {
      calls.push({ name: 'acknowledge', actor: actor.id, input });
      const before = store.incidents.get(input.incidentId);
      if (before === undefined || before.state !== 'open')
        return no('already_acknowledged', 'It was acknowledged already.');
      const after = { ...before, state: 'acknowledged' as const, ownerId: actor.id, rev: before.rev + 1 };
      store.incidents.set(after.id, after);
      store.touch(CARD, 'card', after.id);
      return { ok: true, value: after };
    },
    async requestPlan(actor, input) {
      calls.push({ name: 'requestPlan', actor: actor.id, input });
      const made = run({ state: 'planning', plan: null, planHash: null, requestedBy: actor.id, viewId: input.viewId });
      store.runs.set(made.id, made);
      return { ok: true, value: made };
    },
    async requestApproval(actor, input) {
      calls.push({ name: 'requestApproval', actor: actor.id, input });
      const asked = approval({
        requestedBy: actor.id,
        reason: input.reason,
        createdAt: store.now(),
        expiresAt: new Date(Date.now() + 1_800_000).toISOString(),
      });
      store.approvals.set(asked.id, asked);
      store.touch(`approval:${asked.id}`, 'approval', asked.id, { priority: 1 });
      return { ok: true, value: asked };
    },
    async vote(actor, input) {
      calls.push({ name: 'vote', actor: actor.id, input });
      const before = store.approvals.get(input.approvalId);
      if (before === undefined || before.state !== 'pending')
        return no('already_decided', 'It was decided already, last vote by U0ALICE0001.');
      const state = input.decision === 'approve' ? ('approved' as const) : ('denied' as const);
      const after = { ...before, state, rev: before.rev + 1, decidedAt: store.now() };
      store.approvals.set(after.id, after);
      store.votes.set(after.id, [{ ...input, personId: actor.id, via: 'slack', at: store.now() }]);
      store.touch(`approval:${after.id}`, 'approval', after.id);
      return { ok: true, value: { approval: after, outcome: state === 'approved' ? 'granted' : 'denied' } };
    },
  };
}

/** What the planner does: the run has its plan, and the window that waits is told. */
export function planned({ store }: Pick<World, 'store'>): void {
  const waiting = store.runs.get('RUN-AAAA2222');
  if (waiting === undefined) throw new Error('nobody asked for a plan');
  store.runs.set(waiting.id, { ...waiting, state: 'planned', plan: plan(), planHash: planHash(plan()) });
  store.touch(`view:${waiting.id}`, 'view', waiting.id);
}

/** Waits until the probe gives a value. */
export async function eventually<T>(
  what: string,
  probe: () => Promise<T | undefined> | T | undefined,
  milliseconds = 10_000,
): Promise<T> {
  const deadline = Date.now() + milliseconds;
  for (;;) {
    const value = await probe();
    if (value !== undefined) return value;
    if (Date.now() > deadline) throw new Error(`not in time: ${what}`);
    await new Promise((done) => setTimeout(done, 20));
  }
}
