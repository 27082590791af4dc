import type { HealthEntry } from '../../../../src/domain/health.ts';
import type { Settings } from '../../../../src/domain/settings.ts';
import { rightsToShow } from '../../../../src/flow/rights.ts';
import type { Directory, Log, PlaybookSet } from '../../../../src/ports.ts';
import type { SlackDeps } from '../../../../src/slack/deps.ts';
import type { FlowApi, StepOption } from '../../../../src/slack/flow-api.ts';
import { incident, NOW, SETTINGS, step } from './fixtures.ts';
import { type MemoryStore, memoryStore } from './memory-store.ts';

export interface LogLine {
  readonly level: string;
  readonly fields: object;
  readonly message: string;
}

/** A call that reached the flow, as the tests look at it. */
interface FlowCall {
  readonly name: string;
  readonly actor: string;
  readonly input: unknown;
}

interface Notes {
  readonly store: MemoryStore;
  readonly calls: FlowCall[];
  readonly log: LogLine[];
  /** What `pause` was asked to wait, in milliseconds; it returns at once unless `pause` was given. */
  readonly pauses: number[];
  steps: readonly StepOption[];
  settings: Settings | Error;
  /** What the flow finds wrong with Cordon itself. */
  wrong: readonly HealthEntry[];
}

export interface World extends Notes {
  readonly deps: SlackDeps;
}

export interface WorldOptions {
  readonly api?: Partial<FlowApi>;
  readonly lookUp?: Directory['lookUp'];
  readonly usergroups?: Directory['usergroups'];
  readonly names?: Directory['names'];
  readonly pause?: SlackDeps['pause'];
  readonly presses?: SlackDeps['presses'];
  readonly now?: () => string;
  readonly playbooks?: PlaybookSet;
}

/** The Slack side on tables in memory and a flow that notes what it was asked. */
export function world(options: WorldOptions = {}): World {
  const store = memoryStore(options.now ?? (() => NOW));
  const calls: FlowCall[] = [];
  const log: LogLine[] = [];
  const pauses: number[] = [];
  const made: Notes = { store, calls, log, pauses, steps: [step()], settings: SETTINGS, wrong: [] };
  const people: Directory = {
    lookUp: options.lookUp ?? (async (id) => ({ ok: true, id, name: id })),
    usergroups: options.usergroups ?? (async () => new Map()),
    names: options.names ?? (async () => new Map()),
  };
  const api: FlowApi = {
    ...recordingFlow(made),
    rights: (settings, personId) => rightsToShow({ people }, settings, personId),
    ...options.api,
  };
  const deps: SlackDeps = {
    store,
    api,
    presses: options.presses ?? { take: async () => ({ ok: true }) },
    settings: {
      async current() {
        if (made.settings instanceof Error) throw made.settings;
        return made.settings;
      },
    },
    lastGood: { settings: async () => SETTINGS },
    playbooks: {
      async current() {
        return (
          options.playbooks ?? {
            get: () => undefined,
            list: () => [],
            match: () => {
              throw new Error('no playbooks in this test');
            },
          }
        );
      },
    },
    people,
    log: recordingLog(log),
    meter: { count() {} },
    pause: options.pause ?? (async (milliseconds) => void pauses.push(milliseconds)),
  };
  return Object.assign(made, { deps });
}

export function recordingLog(lines: LogLine[]): Log {
  const at = (level: string) => (fields: object, message: string) => void lines.push({ level, fields, message });
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

function recordingFlow(made: Notes): Omit<FlowApi, 'rights'> {
  const note = (name: string, actor: string, input: unknown) => void made.calls.push({ name, actor, input });
  const none = {
    ok: false,
    refusal: { code: 'not_in_this_test', message: 'This flow only takes notes.', hint: '–' },
  } as const;
  return {
    async acknowledge(actor, input) {
      note('acknowledge', actor.id, input);
      return { ok: true, value: incident({ state: 'acknowledged', ownerId: actor.id }) };
    },
    async resolve(actor, input) {
      note('resolve', actor.id, input);
      return { ok: true, value: incident({ state: 'resolved', resolution: input.resolution }) };
    },
    async requestPlan(actor, input) {
      note('requestPlan', actor.id, input);
      return none;
    },
    async requestRollback(actor, input) {
      note('requestRollback', actor.id, input);
      return none;
    },
    async attachView() {},
    async requestApproval(actor, input) {
      note('requestApproval', actor.id, input);
      return none;
    },
    async vote(actor, input) {
      note('vote', actor.id, input);
      return none;
    },
    async stop(actor, reason) {
      note('stop', actor.id, reason);
      return { ok: true, value: { stopped: true, reason, by: actor.id, at: NOW, resumeVotes: [] } };
    },
    async resume(actor) {
      note('resume', actor.id, null);
      return { ok: true, value: { stopped: true, reason: 'x', by: 'U0RINA00001', at: NOW, resumeVotes: [actor.id] } };
    },
    async explainPolicy(input) {
      note('explainPolicy', '', input);
      return none;
    },
    health: async () => made.wrong,
    stepsOf: async () => made.steps,
  };
}
