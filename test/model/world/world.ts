import { type Checkpoint, checkpointSigner } from '../../../src/domain/checkpoint.ts';
import { CordonError } from '../../../src/domain/errors.ts';
import type { Finding } from '../../../src/domain/finding.ts';
import type { Plan } from '../../../src/domain/plan.ts';
import type { Settings } from '../../../src/domain/settings.ts';
import { receiveOnce } from '../../../src/flow/receive.ts';
import { flowApi } from '../../../src/flow-binding.ts';
import type { ChainMemory, Deps, FindingsQueue, KnownEnd, PlaybookSet } from '../../../src/ports.ts';
import { relayOnce } from '../../../src/queue/relay.ts';
import type { SlackCalls } from '../../../src/slack/calls.ts';
import type { SlackDeps } from '../../../src/slack/deps.ts';
import { slackDirectory } from '../../../src/slack/directory.ts';
import { createOutbox } from '../../../src/slack/outbox.ts';
import { openTroubles } from '../../../src/troubles.ts';
import { makeHandlers } from '../../../workers/handlers.ts';
import { MODEL_ACTIONS } from './actions.ts';
import { resetChance } from './chance.ts';
import { FakeCloud } from './cloud.ts';
import type { ModelDatabase } from './database.ts';
import { INSTANCES } from './findings.ts';
import {
  ACCOUNTS,
  EXTERNAL_ID,
  firstRoles,
  membersOf,
  OWN_ACCOUNT,
  playbooksOf,
  type Roles,
  SECRET,
  settingsOf,
  slackUser,
  TEAM,
  USERGROUP,
} from './people.ts';
import { type End, type Order, Process, storeOf } from './process.ts';
import { FakeQueue, type Job } from './queue.ts';
import { type Entry, newRecord, type WorldRecord } from './record.ts';
import { FakeSlack } from './slack.ts';
import { advance, isoNow, now, resetTime } from './time.ts';

/** A message in the findings queue; `visibleAt` in the future while a process has it. */
interface Message {
  readonly id: string;
  readonly body: string;
  visibleAt: number;
  receives: number;
}

/** What a process holds in memory. */
export interface Memory {
  readonly process: Process;
  readonly deps: Deps;
  readonly slackDeps: SlackDeps;
  readonly calls: SlackCalls;
  readonly handlers: ReturnType<typeof makeHandlers>;
}

/** The last committed state of things, kept up by the entries. */
export interface KnownRun {
  readonly id: string;
  state: string;
  hash: string | null;
  by: string;
  incident: string;
  kind: string;
}
export interface KnownApproval {
  readonly id: string;
  readonly run: string;
  readonly hash: string;
  readonly by: string;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
  state: string;
  readonly voters: string[];
}

const PROCESSES = 3;
const SIGNER = checkpointSigner(SECRET);
const HIDDEN_MS = 60_000;

/** A deployment with everything around it that is not the product's own. */
export class World {
  readonly db: ModelDatabase;
  readonly record: WorldRecord;
  readonly cloud: FakeCloud;
  readonly slack: FakeSlack;
  readonly queue: FakeQueue;
  readonly sqs: Message[] = [];
  readonly roles: Roles = firstRoles();
  readonly runs = new Map<string, KnownRun>();
  readonly approvals = new Map<string, KnownApproval>();
  readonly incidents = new Map<string, { readonly id: string; state: string; account: string }>();
  readonly findings = new Map<string, string | null>();
  /** How often each thing of interest happened. */
  readonly seen = new Map<string, number>();
  settings: Settings;
  edition = 1;
  stopFile = false;
  settingsBroken = false;
  directoryFailures = 0;
  /** How often the database was restored from a backup. */
  restores = 0;
  #hostEnd: KnownEnd | undefined;
  readonly #kept: Checkpoint[] = [];
  #memories: Memory[] = [];
  #born = 0;
  #messages = 0;
  #playbooks = playbooksOf(1);
  #head = 0;

  private constructor(db: ModelDatabase) {
    this.db = db;
    this.record = newRecord([EXTERNAL_ID, SECRET]);
    const note = (event: string) => this.note(event);
    this.cloud = new FakeCloud(this.record, () => db.head(), note);
    this.slack = new FakeSlack(this.record, note);
    this.queue = new FakeQueue((text) => this.record.jobs.push(text));
    this.settings = settingsOf(this.roles);
    for (const { id, accountId } of INSTANCES) this.cloud.add(accountId, id, `vol-${id.slice(2)}`);
    this.stand();
    for (let index = 0; index < PROCESSES; index += 1) this.#memories.push(this.#start(index, 0));
  }

  /** An empty deployment on the emptied database. */
  static async fresh(db: ModelDatabase): Promise<World> {
    resetTime();
    resetChance();
    await db.wipe();
    return new World(db);
  }

  note(event: string): void {
    this.seen.set(event, (this.seen.get(event) ?? 0) + 1);
  }

  /** Something about people, settings or playbooks has changed: it is in force from now on. */
  stand(): void {
    this.settings = settingsOf(this.roles);
    this.#playbooks = playbooksOf(this.edition);
    const { threat, posture } = this.#playbooks;
    this.record.times.push({
      at: now(),
      tick: this.record.tick,
      settings: this.settings,
      members: membersOf(this.roles),
      usergroups: new Map([[USERGROUP, [...this.roles.usergroup]]]),
      playbookHashes: { [threat.playbook.id]: threat.hash, [posture.playbook.id]: posture.hash },
      stopFile: this.stopFile,
    });
  }

  /** The processes, first to last; one that died stands there until it is started again. */
  get memories(): readonly Memory[] {
    return this.#memories;
  }

  /** The process if it can do something now. */
  ready(index: number): Memory | undefined {
    const memory = this.#memories[index % this.#memories.length];
    return memory?.process.alive && !memory.process.suspended ? memory : undefined;
  }

  isReady({ process }: Memory): boolean {
    return process.alive && process.suspended === undefined;
  }

  /** Starts a process anew in the place of that one, which is killed if it lives. */
  restart(index: number): void {
    const at = index % this.#memories.length;
    const old = this.#memories[at];
    old?.process.kill();
    this.#memories[at] = this.#start(at, old?.process.place.skewMs ?? 0);
  }

  #start(index: number, skewMs: number): Memory {
    this.#born += 1;
    const process: Process = new Process(`process-${index}.${this.#born}`, skewMs, {
      event: (event) => {
        this.note(event);
        this.record.faults.push({ at: now(), kind: event, accountId: null });
      },
      begin: () => this.#begin(process),
      end: () => this.#end(process),
    });
    return this.#memoryOf(process);
  }

  /** What a process does from now on until it ends is one span. */
  #begin(process: Process): void {
    this.record.spans.push({ process: process.name, from: this.record.tick, to: Number.POSITIVE_INFINITY });
  }

  #end(process: Process): void {
    const span = this.record.spans.findLast((one) => one.process === process.name);
    if (span) span.to = this.record.tick;
  }

  #memoryOf(process: Process): Memory {
    const store = storeOf(process, this.db.store);
    const log = this.#log(process);
    const settings = { current: async () => this.#settingsNow() };
    const playbooks = { current: async () => this.#playbookSet() };
    const pause = async (milliseconds: number) => {
      await advance(milliseconds, () => this.db.head());
      await process.at('people');
    };
    const base = {
      store,
      settings,
      playbooks,
      lastGood: { settings: async () => this.settings, playbooks: playbooks.current },
      actions: {
        get: (id: string) => MODEL_ACTIONS.find((action) => action.id === id),
        list: () => MODEL_ACTIONS,
      },
      sessions: this.cloud.sessionsOf(process),
      roles: { check: async () => [] },
      trail: { writes: async function* () {} },
      organization: { list: () => Promise.reject(new Error('the model has no organization')) },
      writeBack: {
        write: async () => {
          await process.at('aws.sent');
          return { written: ['securityhub'], failed: [] };
        },
      },
      people: this.#directoryOf(process, settings),
      self: { accountId: OWN_ACCOUNT, roleNames: [], instanceIds: [INSTANCES[5].id] },
      auditKeeping: {
        signer: SIGNER,
        troubles: openTroubles(),
        places: () => [
          {
            name: 'file',
            put: async (checkpoint: Checkpoint) => {
              await process.at('aws.sent');
              if (!this.#kept.some(({ hash }) => hash === checkpoint.hash)) this.#kept.push(checkpoint);
              this.record.checkpoints.push({ seq: checkpoint.seq, hash: checkpoint.hash });
            },
            list: async () => this.#kept,
            since: async (seq: number) => this.#kept.filter((one) => one.seq >= seq),
          },
        ],
        archive: () => Promise.reject(new Error('the model keeps everything')),
      },
      chainMemory: this.#chainMemoryOf(process),
      log,
      meter: { count() {} },
      stopRequested: async () => this.stopFile,
      processId: process.name,
      pause,
      timing: { leaseSeconds: 6, settleMilliseconds: 3_000, pollMilliseconds: 500 },
    };
    const calls = this.slack.callsOf(process);
    const api = flowApi(() => deps);
    // The clock that says "working on it" is not part of any decision.
    const slackDeps: SlackDeps = {
      ...base,
      api,
      presses: { take: async () => ({ ok: true }) },
      pause: (ms) => (ms === 800 ? new Promise(() => undefined) : pause(ms)),
    };
    const notifier = createOutbox({
      deps: slackDeps,
      calls,
      interactive: calls,
      budget: { take: async () => ({ ok: true }), close: async () => undefined },
    });
    const deps: Deps = { ...base, notifier };
    return { process, deps, slackDeps, calls, handlers: makeHandlers(deps) };
  }

  /** The host's disk: it outlives processes and is not in the database. */
  #chainMemoryOf(process: Process): ChainMemory {
    return {
      compared: this.restores === 0 ? 'done' : 'not-yet',
      last: async () => {
        await process.at('people');
        return this.#hostEnd;
      },
      keep: async (end) => {
        await process.at('people');
        const known = this.#hostEnd;
        const isFurther =
          known === undefined || end.epoch > known.epoch || (end.epoch === known.epoch && end.seq > known.seq);
        if (isFurther) this.#hostEnd = end;
      },
    };
  }

  #log(process: Process): Deps['log'] {
    const line = (fields: object, message: string) =>
      void this.record.logLines.push(`${process.name} ${message} ${JSON.stringify(fields)}`);
    return { debug: line, info: line, warn: line, error: line };
  }

  #settingsNow(): Settings {
    if (!this.settingsBroken) return this.settings;
    throw new CordonError('settings_invalid', 'cordon.yaml is not valid.', { hint: 'Mend it.' });
  }

  #playbookSet(): PlaybookSet {
    const all = this.#playbooks;
    const list = [all.threat, all.posture];
    return {
      get: (id) => list.find(({ playbook }) => playbook.id === id),
      list: () => list,
      match: (finding: Finding) => ({
        primary: {
          playbook: finding.kind === 'posture' ? all.posture : all.threat,
          rung: 'family',
          rule: 'of the model',
          why: 'the kind of finding',
        },
        seeAlso: [],
      }),
    };
  }

  #directoryOf(process: Process, settings: Deps['settings']): Deps['people'] {
    const ask = async <T>(answer: () => T): Promise<T> => {
      await process.at('people');
      if (this.directoryFailures > 0) {
        this.directoryFailures -= 1;
        this.note('Slack’s directory failed');
        throw new Error('users.info did not answer');
      }
      return answer();
    };
    return slackDirectory({
      settings,
      client: {
        users: { info: ({ user }) => ask(() => ({ ok: true, user: slackUser(user, this.roles) })) },
        usergroups: {
          list: () =>
            ask(() => ({
              ok: true,
              usergroups: [{ id: USERGROUP, date_delete: 0, users: [...this.roles.usergroup] }],
            })),
        },
      },
    });
  }

  /* ---------------------------------------------------------------- what happens */

  /** A message in the findings queue. */
  send(body: string): void {
    this.#messages += 1;
    const id = `message-${this.#messages}`;
    this.sqs.push({ id, body, visibleAt: 0, receives: 0 });
    this.record.bodies.push({ messageId: id, body, deleted: false });
  }

  /** The findings queue as one process reaches it. */
  #findingsQueue(process: Process): FindingsQueue {
    return {
      receive: async () => {
        const ready = this.sqs.filter((message) => message.visibleAt <= now()).slice(0, 10);
        for (const message of ready) {
          message.visibleAt = now() + HIDDEN_MS;
          message.receives += 1;
        }
        return ready.map(({ id, body, receives }) => ({ id, body, handle: id, receiveCount: receives }));
      },
      delete: async (handle) => {
        await process.at('aws.sent');
        const at = this.sqs.findIndex(({ id }) => id === handle);
        if (at >= 0) this.sqs.splice(at, 1);
        const body = this.record.bodies.find(({ messageId }) => messageId === handle);
        if (body) body.deleted = true;
      },
    };
  }

  /** Puts messages back that were delivered to nobody who said so, so that they can be received again without waiting. */
  reveal(): void {
    for (const message of this.sqs) message.visibleAt = 0;
  }

  async receive(memory: Memory, order?: Order): Promise<End> {
    const queue = this.#findingsQueue(memory.process);
    return memory.process.run(async () => {
      await receiveOnce(memory.deps, queue, new AbortController().signal);
    }, order);
  }

  /** Hands the outbox on to the queue. */
  async relay(memory: Memory, order?: Order): Promise<End> {
    const jobs = {
      wake: async (wakes: Parameters<FakeQueue['wake']>[0]) => {
        await memory.process.at('queue.add');
        await this.queue.wake(wakes);
        await memory.process.at('queue.added');
      },
    };
    return memory.process.run(async () => {
      while ((await relayOnce(memory.deps.store, jobs)) === 100);
    }, order);
  }

  async doJob(memory: Memory, job: Job, order?: Order): Promise<End> {
    const end = await memory.process.run(() => memory.handlers[job.queue](job.id), order);
    if (end === 'done') this.queue.done(job);
    if (end === 'failed') this.queue.failed(job);
    return end;
  }

  async sweep(memory: Memory, order?: Order): Promise<End> {
    return memory.process.run(() => memory.handlers.sweep('sweep'), order);
  }

  async pass(milliseconds: number): Promise<void> {
    await advance(milliseconds, () => this.db.head());
  }

  /** Takes up what has been committed since the last time. */
  async collect(): Promise<readonly Entry[]> {
    const { tick } = this.record;
    const fresh = (await this.db.entriesAfter(this.#head)).map((one): Entry => ({ ...one, tick }));
    for (const entry of fresh) {
      this.record.entries.push(entry);
      this.#learn(entry);
    }
    this.#head = fresh.at(-1)?.seq ?? this.#head;
    for (const entry of fresh) if (entry.entity === 'approval' && entry.was === null) await this.#keepPlan(entry);
    return fresh;
  }

  async #keepPlan(entry: Entry): Promise<void> {
    const hash = String(entry.detail['hash']);
    const [row] = await this.db.query('SELECT plan FROM cordon.run WHERE id = $1', [entry.detail['run']]);
    if (row) this.record.plans.set(hash, row['plan'] as Plan);
  }

  #learn({ entity, id, was, is, detail }: Entry): void {
    switch (entity) {
      case 'run': {
        if (was !== is) this.note(`run ${is}`);
        if (was === is && (is === 'executing' || is === 'verifying')) this.note('take-over');
        const hash = detail['hash'] === null ? null : String(detail['hash']);
        const known = { by: String(detail['by']), incident: String(detail['incident']), kind: String(detail['kind']) };
        this.runs.set(id, { id, state: is, hash, ...known });
        return;
      }
      case 'approval': {
        this.note(`approval ${is}`);
        const known = this.approvals.get(id);
        if (known) known.state = is;
        else {
          const { run, hash, by, expiresAt } = detail;
          const about = { run: String(run), hash: String(hash), by: String(by), expiresAt: Number(expiresAt) };
          this.approvals.set(id, { id, ...about, state: is, voters: [] });
        }
        return;
      }
      case 'vote':
        this.approvals.get(id)?.voters.push(String(detail['person']));
        return;
      case 'incident':
        this.incidents.set(id, { id, state: is, account: String(detail['account']) });
        return;
      case 'finding':
        this.findings.set(id, detail['incident'] === null ? null : String(detail['incident']));
        return;
      case 'delivery':
        this.note(`delivery ${is}`);
        return;
      case 'switch':
        this.note(is === 'true' ? 'stopped' : 'resumed');
        return;
      case 'audit':
        if (is === 'run.claim-refused') this.note(refusalName(detail['details']));
        return;
      case 'journal':
        if (detail['readBack'] === true) this.note('step found done by reading back');
        return;
      case 'undo':
        return;
    }
  }

  isoNow(): string {
    return isoNow();
  }
  readonly team = TEAM;
  readonly accounts = ACCOUNTS;
}

function refusalName(details: unknown): string {
  const why = typeof details === 'object' && details !== null && 'why' in details ? String(details.why) : '';
  if (why.includes('is the limit')) return 'claim held: a cap';
  if (why.includes('same target')) return 'claim held: another run on the target';
  if (why.includes('stopped')) return 'claim held: stopped';
  return 'claim held: other';
}
