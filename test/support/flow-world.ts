import { z } from 'zod';
import { type Action, defineAction } from '../../src/actions/action.ts';
import { archiveRows } from '../../src/audit-archive.ts';
import type { Actor } from '../../src/domain/audit.ts';
import { checkpointSigner } from '../../src/domain/checkpoint.ts';
import { hashOf } from '../../src/domain/json.ts';
import { withAccounts } from '../../src/domain/merge-accounts.ts';
import type { PlanDraft, PlanStep, Probe } from '../../src/domain/plan.ts';
import { type LoadedPlaybook, Playbook } from '../../src/domain/playbook.ts';
import { type Settings, SettingsFile } from '../../src/domain/settings.ts';
import type { ChainMemory, CheckpointPlace, Deps, Directory, KnownEnd, Store } from '../../src/ports.ts';
import { pagesOf } from '../../src/store/audit-chain.ts';
import { openTroubles } from '../../src/troubles.ts';
import { FakeCloud } from './fake-cloud.ts';

export const RINA: Actor = { kind: 'slack', id: 'U0RINA' };
export const ALICE: Actor = { kind: 'slack', id: 'U0ALICE' };
export const BO: Actor = { kind: 'slack', id: 'U0BO' };
export const OSCAR: Actor = { kind: 'slack', id: 'U0OSCAR' };

const ACCOUNT = '333333333331';

/** Sets `count` tags on an instance, one a step: a remediation with as many steps as a test wants. */
export function tagAction(
  count: number,
  overrides: Partial<Action<{ instanceId: string }>> = {},
): Action<{ instanceId: string }> {
  return defineAction({
    id: 'ec2.tag-instance',
    version: 1,
    title: 'Tag the instance',
    risk: 'reversible',
    undoReexposes: false,
    services: ['ec2'],
    docs: 'A test action.',
    reads: [],
    writes: [],
    params: z.strictObject({ instanceId: z.string().regex(/^i-[0-9a-f]{17}$/) }),
    async plan(context, params): Promise<PlanDraft> {
      const now = await context.read({ service: 'ec2', operation: 'ReadTags', input: { Resource: params.instanceId } });
      const steps = Array.from({ length: count }, (_, index) =>
        setTag(params.instanceId, `step-${index}`, context.runId),
      );
      return draft(params.instanceId, now, steps);
    },
    async rollback(context, run): Promise<PlanDraft> {
      const instanceId = String(run.plan.params['instanceId']);
      const now = await context.read({ service: 'ec2', operation: 'ReadTags', input: { Resource: instanceId } });
      return draft(
        instanceId,
        now,
        run.plan.steps.map((step) => removeTag(instanceId, step.id)),
      );
    },
    ...overrides,
  });
}

function draft(instanceId: string, now: unknown, steps: PlanStep[]): PlanDraft {
  return {
    summary: 'Tag it',
    target: { type: 'AwsEc2Instance', id: instanceId, arn: `arn:aws:ec2:eu-west-1:${ACCOUNT}:instance/${instanceId}` },
    changes: [],
    blastRadius: [],
    before: { tags: JSON.stringify(now) },
    steps,
    verify: steps.map((step) => step.applied),
    rollback: { available: true, summary: 'Remove the tags' },
  };
}

function tagProbe(instanceId: string, key: string, expect: string | null): Probe {
  return {
    title: `tag ${key}`,
    read: { service: 'ec2', operation: 'ReadTags', input: { Resource: instanceId } },
    query: `Tags."${key}"`,
    expect,
  };
}

function setTag(instanceId: string, key: string, value: string): PlanStep {
  return {
    id: key,
    title: `Set ${key}`,
    call: { service: 'ec2', operation: 'SetTag', input: { Resource: instanceId, Key: key, Value: value } },
    iam: [{ actions: ['ec2:CreateTags'], resources: ['*'] }],
    precondition: [tagProbe(instanceId, key, null)],
    applied: tagProbe(instanceId, key, value),
  };
}

function removeTag(instanceId: string, key: string): PlanStep {
  return {
    id: key,
    title: `Remove ${key}`,
    call: { service: 'ec2', operation: 'DeleteTag', input: { Resource: instanceId, Key: key } },
    iam: [{ actions: ['ec2:DeleteTags'], resources: ['*'] }],
    precondition: [],
    applied: tagProbe(instanceId, key, null),
  };
}

export function testSettings(change: (file: z.input<typeof SettingsFile>) => void = () => {}): Settings {
  const input: z.input<typeof SettingsFile> = {
    schema: 'cordon/settings/v1',
    slack: { team: 'T0ACME' },
    aws: { homeRegion: 'eu-west-1', securityAccount: '222222222222' },
    accounts: [{ id: ACCOUNT, alias: 'prod-payments', environment: 'prod', owners: [ALICE.id] }],
    people: { responders: [RINA.id], approvers: [ALICE.id, BO.id], operators: [ALICE.id, BO.id] },
    channels: { triage: 'C0TRIAGE', ops: 'C0OPS' },
  };
  change(input);
  const file = SettingsFile.parse(input);
  return withAccounts(file, undefined);
}

export function testPlaybook(change: Record<string, unknown> = {}): LoadedPlaybook {
  const playbook = Playbook.parse({
    schema: 'cordon/v1',
    id: 'compute.command-and-control',
    version: '1.0.0',
    status: 'stable',
    title: 'Instance talks to a command server',
    summary: 'Contain it.',
    owner: 'security-operations',
    reviewed: '2026-11-01',
    responsibility: 'customer',
    match: [{ source: 'guardduty', types: ['Backdoor:EC2/*'] }],
    entities: { require: ['instance'] },
    phases: {
      contain: [
        {
          id: 'tag',
          title: 'Tag it',
          action: { use: 'ec2.tag-instance', params: { instanceId: { ref: 'entity.instance.id' } } },
        },
      ],
    },
    ...change,
  });
  return { playbook, hash: hashOf(playbook), file: 'playbooks/compute/command-and-control.yaml' };
}

/** The parts that tests turn while the flow runs. */
export interface World {
  readonly deps: Deps;
  readonly cloud: FakeCloud;
  settings: Settings;
  playbook: LoadedPlaybook;
  action: Action;
  stopFile: boolean;
  people: Directory;
  /** Where checkpoints of the audit chain go. */
  places: readonly CheckpointPlace[];
  readonly written: { readonly finding: string; readonly status: string }[];
}

/** The real flow over the real store, with AWS and Slack replaced by the smallest things that keep state. */
export function flowWorld(store: Store, action: Action = tagAction(1)): World {
  const cloud = new FakeCloud();
  const written: World['written'][number][] = [];
  const world: World = {
    cloud,
    written,
    settings: testSettings(),
    playbook: testPlaybook(),
    action,
    stopFile: false,
    people: {
      lookUp: async (id) => ({ ok: true, id, name: id }),
      usergroups: async () => new Map(),
      names: async () => new Map(),
    },
    places: [],
    deps: undefined as never,
  };
  const deps: Deps = {
    store,
    settings: { current: async () => world.settings },
    playbooks: {
      current: async () => ({
        get: (id) => (id === world.playbook.playbook.id ? world.playbook : undefined),
        list: () => [world.playbook],
        match: () => ({
          primary: { playbook: world.playbook, rung: 'family', rule: 'guardduty type Backdoor:EC2/*', why: 'the type' },
          seeAlso: [],
        }),
      }),
    },
    lastGood: { settings: async () => world.settings, playbooks: () => deps.playbooks.current() },
    actions: { get: (id) => (id === world.action.id ? world.action : undefined), list: () => [world.action] },
    sessions: cloud,
    roles: { check: async (accountId) => (['read', 'act'] as const).map((purpose) => well(accountId, purpose)) },
    trail: { writes: async function* () {} },
    organization: { list: () => Promise.reject(new Error('this world has no organization')) },
    writeBack: {
      write: async (finding, update) => {
        written.push({ finding: finding.key, status: update.status });
        return { written: ['securityhub'], failed: [] };
      },
    },
    notifier: { deliver: async () => undefined },
    people: {
      lookUp: (id) => world.people.lookUp(id),
      usergroups: (age) => world.people.usergroups(age),
      names: (ids) => world.people.names(ids),
    },
    self: { accountId: '222222222222', roleNames: [], instanceIds: [] },
    auditKeeping: {
      signer: checkpointSigner('a secret of the tests, long enough to be one'),
      troubles: openTroubles(),
      places: () => world.places,
      archive: (folder, range) => archiveRows(folder, range, pagesOf(store.read.audit, range.after)),
    },
    chainMemory: memoryOfChain(),
    log: { debug() {}, info() {}, warn() {}, error() {} },
    meter: { count() {} },
    stopRequested: async () => world.stopFile,
    processId: 'test-process',
    pause: async () => {},
    timing: { leaseSeconds: 30, settleMilliseconds: 20, pollMilliseconds: 10 },
  };
  return Object.assign(world, { deps });
}

/** What a host remembers, without a disk. */
function memoryOfChain(): ChainMemory {
  let known: KnownEnd | undefined;
  return {
    compared: 'done',
    last: async () => known,
    async keep(end) {
      if (known === undefined || end.epoch > known.epoch || (end.epoch === known.epoch && end.seq > known.seq))
        known = end;
    },
  };
}

function well(accountId: string, purpose: 'read' | 'act') {
  return { accountId, purpose, state: 'ok', detail: 'assumed', hint: '' } as const;
}

/** A GuardDuty event as EventBridge delivers it; every field of use can be overridden. */
export function guardDutyEvent(
  over: {
    readonly accountId?: string;
    readonly instanceId?: string;
    readonly id?: string;
    readonly updatedAt?: string;
    readonly archived?: boolean;
    readonly count?: number;
  } = {},
): string {
  const id = over.id ?? 'a1b2c3d4e5f60718293a4b5c6d7e8f90';
  const accountId = over.accountId ?? ACCOUNT;
  const detail = {
    schemaVersion: '2.0',
    accountId,
    region: 'eu-west-1',
    partition: 'aws',
    id,
    arn: `arn:aws:guardduty:eu-west-1:${accountId}:detector/12abc34d567e8fa901bc2d34e56789f0/finding/${id}`,
    type: 'Backdoor:EC2/C&CActivity.B!DNS',
    resource: {
      resourceType: 'Instance',
      instanceDetails: { instanceId: over.instanceId ?? 'i-0123456789abcdef0', tags: [] },
    },
    service: {
      serviceName: 'guardduty',
      detectorId: '12abc34d567e8fa901bc2d34e56789f0',
      archived: over.archived ?? false,
      count: over.count ?? 1,
      eventFirstSeen: '2026-11-20T10:00:00.000Z',
      eventLastSeen: over.updatedAt ?? '2026-11-20T10:00:00.000Z',
    },
    severity: 8,
    createdAt: '2026-11-20T10:00:00.000Z',
    updatedAt: over.updatedAt ?? '2026-11-20T10:00:00.000Z',
    title: 'An instance queries a command and control domain.',
    description: 'Made up for a test.',
  };
  return JSON.stringify({
    version: '0',
    id: '0f1e2d3c-0000-4000-8000-000000000001',
    'detail-type': 'GuardDuty Finding',
    source: 'aws.guardduty',
    account: '222222222222',
    time: '2026-11-20T10:00:00Z',
    region: 'eu-west-1',
    resources: [],
    detail,
  });
}
