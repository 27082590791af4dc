import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { accessKeyId, FLEET, instanceId, LEAKED_KEY_USER, SERVICE_USERS } from '../../../sandbox/aws/seed/names.ts';
import { until } from '../../support/poll.ts';
import type { Bench } from './bench.ts';

/** What may last so long is stuck. Machines that run this are busy with other things too. */
export const STUCK_MS = 150_000;
const CLICK_AGAIN_MS = 20_000;

const AT_ONCE = 20;

const Queues = z.object({
  queues: z.array(z.object({ name: z.string(), visible: z.number(), inFlight: z.number() })),
  dead: z.array(z.string()),
});
const Messages = z.object({
  messages: z.array(z.object({ ts: z.string(), text: z.string(), thread_ts: z.string().nullable() })),
});
export type Shown = z.infer<typeof Messages>['messages'][number];
const Count = z.tuple([z.object({ open: z.coerce.number() })]);

/** A finding about a made-up instance: each instance is an incident of its own. The same `id` with another time is an update of the same finding. */
export function findingAbout(
  instance: string,
  over: { readonly id?: string; readonly updatedAt?: string; readonly count?: number } = {},
): string {
  const id = over.id ?? randomBytes(16).toString('hex');
  const account = '333333333331';
  const at = over.updatedAt ?? new Date().toISOString();
  return JSON.stringify({
    version: '0',
    id: `${id.slice(0, 8)}-0000-4000-8000-000000000001`,
    'detail-type': 'GuardDuty Finding',
    source: 'aws.guardduty',
    account: '222222222222',
    time: at,
    region: 'eu-west-1',
    resources: [],
    detail: {
      schemaVersion: '2.0',
      accountId: account,
      region: 'eu-west-1',
      partition: 'aws',
      id,
      arn: `arn:aws:guardduty:eu-west-1:${account}:detector/12abc34d567e8fa901bc2d34e56789f0/finding/${id}`,
      type: 'Backdoor:EC2/C&CActivity.B!DNS',
      resource: { resourceType: 'Instance', instanceDetails: { instanceId: instance, tags: [] } },
      service: {
        serviceName: 'guardduty',
        detectorId: '12abc34d567e8fa901bc2d34e56789f0',
        archived: false,
        count: over.count ?? 1,
        eventFirstSeen: at,
        eventLastSeen: at,
      },
      severity: 8,
      createdAt: at,
      updatedAt: at,
      title: 'An instance queries a command and control domain.',
      description: 'Made up for a trial.',
    },
  });
}

export function someInstance(): string {
  return `i-${randomBytes(9).toString('hex').slice(0, 17)}`;
}

/** Puts a message into the findings queue. */
export async function inject(bench: Bench, body: string): Promise<void> {
  const answer = await fetch(`${bench.aws.control}/events`, { method: 'POST', body });
  if (!answer.ok) throw new Error(`the message could not be put into the queue: ${answer.status}`);
}

/** Puts many messages into the findings queue, some at a time and about in order. */
export async function injectAll(bench: Bench, bodies: readonly string[]): Promise<void> {
  for (let at = 0; at < bodies.length; at += AT_ONCE)
    await Promise.all(bodies.slice(at, at + AT_ONCE).map((body) => inject(bench, body)));
}

/** Reads from a simulator. On a busy machine a connection that was kept alive may just have been closed: a read is made once more. */
async function look(url: string): Promise<unknown> {
  const read = async (): Promise<unknown> => (await fetch(url)).json();
  return read().catch(read);
}

/** What SQS still holds: waiting, out with a consumer, and given up. */
export async function queue(bench: Bench): Promise<{ waiting: number; inFlight: number; dead: readonly string[] }> {
  const { queues, dead } = Queues.parse(await look(`${bench.aws.control}/queues`));
  const findings = queues.find(({ name }) => !name.endsWith('-dead-letters'));
  return { waiting: findings?.visible ?? 0, inFlight: findings?.inFlight ?? 0, dead };
}

/** SQS shows a message again that its consumer took and did not delete; a trial does not wait the minute. */
export async function passVisibility(bench: Bench): Promise<void> {
  await fetch(`${bench.aws.control}/show-again`, { method: 'POST' });
}

/** Everything in the triage channel whose text holds the words; cards are those without a thread. */
export async function shown(bench: Bench, ...words: readonly string[]): Promise<readonly Shown[]> {
  const { messages } = Messages.parse(await look(`${bench.slack.control}/messages?channel=C0TRIAGE001`));
  return messages.filter(({ text }) => words.every((word) => text.includes(word)));
}

export async function cardsOf(bench: Bench, ...words: readonly string[]): Promise<readonly Shown[]> {
  return (await shown(bench, ...words)).filter(({ thread_ts, ts }) => thread_ts === null || thread_ts === ts);
}

/** A change that people have asked for and nobody has decided yet. */
export interface Requested {
  readonly card: Shown;
  readonly request: Shown;
  /** The AWS writes of the plan, in order. */
  readonly writes: readonly string[];
  readonly service: 'iam' | 'ec2';
  /** Where the simulated AWS keeps the key that is deactivated. */
  readonly key?: string;
}

const ISOLATION = [
  'CreateSecurityGroup',
  'CreateSecurityGroup',
  'AuthorizeSecurityGroupIngress',
  'AuthorizeSecurityGroupEgress',
  'RevokeSecurityGroupEgress',
  'ModifyNetworkInterfaceAttribute',
  'ModifyNetworkInterfaceAttribute',
  'CreateTags',
  'DeleteSecurityGroup',
];

/** Deactivating a key: one write. The key is made active again for the next trial, so that eight users serve any number. */
export async function requestKey(bench: Bench, seed: number): Promise<Requested> {
  const { account } = LEAKED_KEY_USER;
  const userName = SERVICE_USERS[seed % SERVICE_USERS.length] ?? '';
  const key = accessKeyId(account, userName);
  const path = `${account}/global/access-keys/${key}`;
  await bench.story.changeAws(path, { Status: 'Active' });
  await bench.story.fire('key-compromise', { userName });
  const card = await cardOf(bench, key);
  const request = await bench.story.askFor(card, 'Deactivate the key');
  return { card, request: { ...request, thread_ts: card.ts }, writes: ['UpdateAccessKey'], service: 'iam', key: path };
}

/** Isolating an instance: nine writes. Each instance serves once; undefined when all have. */
export async function requestIsolation(bench: Bench): Promise<Requested | undefined> {
  const target = FLEET.find(({ account, name }) => !bench.used.has(instanceId(account, name)));
  if (!target) return undefined;
  const id = instanceId(target.account, target.name);
  bench.used.add(id);
  await bench.story.fire('command-and-control', { account: target.account, instanceId: id });
  const card = await cardOf(bench, id);
  const request = await bench.story.askFor(card, 'Isolate');
  return { card, request: { ...request, thread_ts: card.ts }, writes: ISOLATION, service: 'ec2' };
}

/** The newest card of an incident, after everything that changes it has been shown. */
async function cardOf(bench: Bench, word: string): Promise<Shown & { readonly blocks: [] }> {
  const card = await until(`a card with ${word}`, async () => (await cardsOf(bench, word)).at(-1), STUCK_MS);
  await settled(bench);
  return { ...card, blocks: [] };
}

/** Presses Approve; whether it was taken is seen on the request's card, since the product may die before it answers. */
export async function pressApprove(bench: Bench, requested: Requested, who = 'alice'): Promise<void> {
  await submitDecision(bench, who, await openReview(bench, requested, who), 'approve');
}

/** Opens the window of a request; gives its id. */
export async function openReview(bench: Bench, { request }: Requested, who: string): Promise<string> {
  await closeWindows(bench, who);
  let clickedAt = Number.NEGATIVE_INFINITY;
  const review = await until(
    'the review',
    async () => {
      // A click may be lost with the connection over which it went: people click again.
      if (performance.now() - clickedAt > CLICK_AGAIN_MS) {
        clickedAt = performance.now();
        await bench.story.click(who, request, { text: 'Review and decide' });
      }
      const answer = await fetch(`${bench.slack.control}/views?user=${who}`);
      const { views } = Views.parse(await answer.json());
      return views.findLast((view) => view.submit?.text === 'Decide');
    },
    STUCK_MS,
  );
  return review.id;
}

export async function submitDecision(
  bench: Bench,
  who: string,
  view: string,
  decision: 'approve' | 'deny',
): Promise<void> {
  const values = { decision, reason: 'checked against the ticket' };
  await bench.story.post('/submit', { user: who, view_id: view, values });
}

/** A window of an earlier trial may be left over; that there is none is fine. */
async function closeWindows(bench: Bench, who: string): Promise<void> {
  await fetch(`${bench.slack.control}/close`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ user: who, all: true }),
  });
}

const Views = z.object({
  views: z.array(z.looseObject({ id: z.string(), submit: z.looseObject({ text: z.string() }).nullish() })),
});

/** The newest text of a message. */
export async function textOf(bench: Bench, message: Shown): Promise<string> {
  return (await shown(bench)).find(({ ts }) => ts === message.ts)?.text ?? '';
}

const ENDS = /DONE ● verified|CHANGED ◐ unverified|FAILED ✕|STOPPED ✕|STALE ○|CANCELLED ○|EXPIRED|DENIED|STALE:/;

/** Waits for the end of the run as people see it, in the request's thread and after it. A vote that was not taken because the product died is given again. */
export async function outcome(bench: Bench, requested: Requested, pressedAt: number): Promise<string> {
  const { card, request } = requested;
  let votedAt = pressedAt;
  return until(
    `the end of the run of ${request.text}`,
    async () => {
      const thread = (await shown(bench)).filter(({ thread_ts, ts }) => thread_ts === card.ts && ts >= request.ts);
      const end = thread.find(({ text, ts }) => (ts > request.ts || !text.startsWith('Approve?')) && ENDS.test(text));
      if (end) return end.text;
      const readyAt = bench.product.readyAt();
      const undecided = (await textOf(bench, request)).includes('Approve?');
      const died = (bench.product.deaths.at(-1)?.at ?? 0) > votedAt;
      if (undecided && died && readyAt !== undefined && readyAt > votedAt && performance.now() - readyAt > 4_000) {
        votedAt = performance.now();
        await pressApprove(bench, requested, 'bo');
      }
      return undefined;
    },
    STUCK_MS,
  );
}

const OPEN = `SELECT (SELECT count(*) FROM cordon.delivery WHERE state = 'received')
  + (SELECT count(*) FROM cordon.run WHERE state IN ('planning', 'approved', 'executing', 'verifying'))
  + (SELECT count(*) FROM cordon.outbox WHERE sent_at IS NULL)
  + (SELECT count(*) FROM cordon.message WHERE delivered_rev < desired_rev) AS open`;

/** How many rows still wait for somebody. */
export async function open(bench: Bench): Promise<number> {
  const rows = Count.parse(await bench.product.tell({ ask: 'sql', text: OPEN }));
  return rows[0].open;
}

/** Waits until nothing is left to do, inside and in the queue; returns what is still open when the time is over. */
export async function settled(bench: Bench, milliseconds = STUCK_MS): Promise<number> {
  const quiet = async (): Promise<boolean> => {
    const { waiting, inFlight } = await queue(bench);
    return waiting + inFlight === 0 && (await open(bench)) === 0;
  };
  return until('everything to come to rest', quiet, milliseconds).then(
    () => 0,
    async () => {
      const { waiting, inFlight } = await queue(bench);
      return waiting + inFlight + (await open(bench));
    },
  );
}

/** Waits until the product has died once more than `before` times; the moment of it. */
export async function death(bench: Bench, before: number): Promise<number> {
  const { at } = await until('the product to die', async () => bench.product.deaths[before], STUCK_MS);
  return at;
}

/** How much of a recovery was the start of the process itself. */
export function restart(bench: Bench, diedAt: number): Readonly<Record<string, number>> {
  const readyAt = bench.product.readyAt();
  return readyAt === undefined ? {} : { 'restart ms': Math.round(readyAt - diedAt) };
}

export function rest(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
