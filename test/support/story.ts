import { z } from 'zod';
import { until } from './poll.ts';

const TRIAGE = 'C0TRIAGE001';

const Message = z.object({
  ts: z.string(),
  text: z.string(),
  blocks: z.array(z.looseObject({ type: z.string() })).default([]),
});
type Message = z.infer<typeof Message>;
const Option = z.object({ text: z.object({ text: z.string() }), value: z.string() });
const Element = z.looseObject({
  type: z.string(),
  action_id: z.string().optional(),
  text: z.object({ text: z.string() }).optional(),
  options: z.array(Option).optional(),
  option_groups: z.array(z.object({ options: z.array(Option) })).optional(),
});
const View = z.looseObject({
  id: z.string(),
  title: z.object({ text: z.string() }),
  submit: z.object({ text: z.string() }).nullish(),
});
type View = z.infer<typeof View>;
const LogEntry = z.looseObject({
  seq: z.number(),
  service: z.string(),
  operation: z.string(),
  write: z.boolean(),
  effect: z.boolean(),
  account: z.string().nullish(),
  sourceIdentity: z.string().nullish(),
});
export type AwsCallRecord = z.infer<typeof LogEntry>;

/** People's hands and eyes on a running sandbox: only what the simulated Slack shows and the simulated AWS has on record. */
export interface Story {
  /** Fires a scenario of the simulated AWS. */
  fire(scenario: string, overrides?: object): Promise<void>;
  /** Makes an AWS call go wrong. */
  fault(order: object): Promise<void>;
  clearFaults(): Promise<void>;
  awsLog(): Promise<readonly AwsCallRecord[]>;
  awsState(path: string): Promise<unknown>;
  changeAws(path: string, fields: object): Promise<void>;
  /** The incident card whose text holds all these words. */
  card(...words: string[]): Promise<Message>;
  thread(card: Message): Promise<readonly Message[]>;
  /** A responder picks a step on the card, reads the plan and asks for approval; gives the words of the request's card. */
  askFor(card: Message, step: string, who?: string): Promise<Message>;
  /** The refusal that a responder sees instead of a plan. */
  refusedPlan(card: Message, step: string, who?: string): Promise<string>;
  /** Opens Review on a request and decides; gives what the window says afterwards. */
  decide(request: Message, who: string, decision?: 'approve' | 'deny'): Promise<string>;
  /** The thread's message that holds all these words. */
  inThread(card: Message, words: readonly string[], milliseconds?: number): Promise<Message>;
  /** Presses Roll back on a result and asks for approval; gives the request's card. */
  askRollBack(card: Message, result: Message, who?: string): Promise<Message>;
  pressRollBack(result: Message, who?: string): Promise<string>;
  click(
    who: string,
    message: Pick<Message, 'ts'>,
    what: { readonly action_id?: string; readonly text?: string; readonly value?: string },
  ): Promise<unknown>;
  whispers(who: string): Promise<readonly string[]>;
  post(path: string, body: object): Promise<unknown>;
}

/** Where the simulators' control APIs are. */
interface Controls {
  readonly aws: { readonly control: string };
  readonly slack: { readonly control: string };
}

export function storyOf(sandbox: Controls): Story {
  const slack = (path: string) => get(`${sandbox.slack.control}${path}`);
  const press = (path: string, body: object) => send('POST', `${sandbox.slack.control}${path}`, body);

  async function messages(thread?: string): Promise<readonly Message[]> {
    const answer = await slack(`/messages?channel=${TRIAGE}${thread === undefined ? '' : `&thread_ts=${thread}`}`);
    return z.object({ messages: z.array(Message) }).parse(answer).messages;
  }
  async function views(who: string): Promise<readonly View[]> {
    return z.object({ views: z.array(View) }).parse(await slack(`/views?user=${who}`)).views;
  }
  async function window(who: string, what: string, test: (view: View) => boolean): Promise<View> {
    return until(`${what} in ${who}'s window`, async () => (await views(who)).findLast(test));
  }
  /** The newest message with all the words; the error says what there was instead. */
  async function find(
    words: readonly string[],
    look: () => Promise<readonly Message[]>,
    // An edit may wait for Slack's own limit of edits a minute.
    milliseconds = 90_000,
  ): Promise<Message> {
    const what = `a message with ${words.join(', ')}`;
    try {
      return await until(what, async () => (await look()).findLast((one) => holds(one.text, words)), milliseconds);
    } catch (error) {
      const texts = (await look()).map((one) => one.text).join('\n  ');
      throw new Error(`there is no ${what}; there is:\n  ${texts}`, { cause: error });
    }
  }
  const story: Story = {
    async fire(scenario, overrides = {}) {
      await send('POST', `${sandbox.aws.control}/scenarios/${scenario}`, overrides);
    },
    async fault(order) {
      await send('POST', `${sandbox.aws.control}/faults`, order);
    },
    async clearFaults() {
      await send('DELETE', `${sandbox.aws.control}/faults`, undefined);
    },
    async awsLog() {
      return z.object({ entries: z.array(LogEntry) }).parse(await get(`${sandbox.aws.control}/log`)).entries;
    },
    awsState: (path) => get(`${sandbox.aws.control}/state/${path}`),
    async changeAws(path, fields) {
      await send('PATCH', `${sandbox.aws.control}/state/${path}`, fields);
    },
    card: (...words) => find(words, () => messages()),
    thread: (card) => messages(card.ts),
    // Cordon keeps below Slack's 50 edits a minute, so an edit may have to wait for the next minute.
    inThread: (card, words, milliseconds = 90_000) => find(words, () => messages(card.ts), milliseconds),
    async click(who, message, what) {
      return press('/click', { user: who, channel: TRIAGE, ts: message.ts, ...what });
    },
    async askFor(card, step, who = 'rina') {
      await pick(card, step, who);
      return submitPlan(card, who);
    },
    async refusedPlan(card, step, who = 'rina') {
      await pick(card, step, who);
      const refused = await window(
        who,
        'a refusal',
        (view) => !view.submit && !JSON.stringify(view).includes('Reading the live state'),
      );
      await press('/close', { user: who, all: true });
      return JSON.stringify(refused);
    },
    async decide(request, who, decision = 'approve') {
      await story.click(who, request, { text: 'Review and decide' });
      const review = await window(who, 'the review', (view) => view.submit?.text === 'Decide');
      await press('/submit', {
        user: who,
        view_id: review.id,
        values: { decision, reason: 'checked against the ticket' },
      });
      const after = await window(
        who,
        'the answer',
        (view) => !view.submit && !JSON.stringify(view).includes('Reading the plan'),
      );
      await press('/close', { user: who, all: true });
      return JSON.stringify(after);
    },
    async pressRollBack(result, who = 'rina') {
      await story.click(who, result, { text: 'Roll back' });
      const view = await window(
        who,
        'the roll-back',
        (one) => one.submit != null || !JSON.stringify(one).includes('Reading the live state'),
      );
      return JSON.stringify(view);
    },
    async askRollBack(card, result, who = 'rina') {
      await story.click(who, result, { text: 'Roll back' });
      return submitPlan(card, who);
    },
    async whispers(who) {
      const answer = await slack(`/messages?channel=${TRIAGE}`);
      const { ephemerals } = z
        .object({ ephemerals: z.array(z.looseObject({ user: z.string(), text: z.string() })).default([]) })
        .parse(answer);
      return ephemerals.filter((one) => one.user.toLowerCase().includes(who)).map((one) => one.text);
    },
    post: (path, body) => press(path, body),
  };

  async function pick(card: Message, step: string, who: string): Promise<void> {
    const fresh = (await messages()).find((one) => one.ts === card.ts) ?? card;
    const option = optionOf(fresh, step);
    await story.click(who, fresh, option);
  }

  async function submitPlan(card: Message, who: string): Promise<Message> {
    const plan = await window(who, 'the plan', (view) => view.submit?.text === 'Ask for approval');
    const before = new Set((await messages(card.ts)).map((one) => one.ts));
    await press('/submit', {
      user: who,
      view_id: plan.id,
      values: { reason: 'seen in the triage, must be contained' },
    });
    await press('/close', { user: who, all: true });
    return until('the request in the thread', async () =>
      (await messages(card.ts)).find((one) => !before.has(one.ts) && one.text.includes('REQ-')),
    );
  }
  return story;
}

function optionOf(message: Message, step: string): { readonly action_id: string; readonly value: string } {
  for (const block of message.blocks.filter((one) => one.type === 'actions')) {
    for (const element of z.array(Element).parse(block['elements'])) {
      const options = element.options ?? element.option_groups?.flatMap((group) => group.options) ?? [];
      const option = options.find((one) => one.text.text.includes(step));
      if (option && element.action_id !== undefined) return { action_id: element.action_id, value: option.value };
    }
  }
  throw new Error(`the card offers no step “${step}”: ${message.text}`);
}

function holds(text: string, words: readonly string[]): boolean {
  return words.every((word) => text.includes(word));
}

async function get(url: string): Promise<unknown> {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

async function send(method: 'POST' | 'PATCH' | 'DELETE', url: string, body: object | undefined): Promise<unknown> {
  const answer = await fetch(url, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}
