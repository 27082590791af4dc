import { PROTECT_TAG } from '../../../src/actions/tags.ts';
import { AwsCallError } from '../../../src/domain/errors.ts';
import type { Json, JsonObject } from '../../../src/domain/json.ts';
import type { AwsCall, Statement } from '../../../src/domain/plan.ts';
import { globMatches } from '../../../src/playbooks/glob.ts';
import type { ActRequest, AwsReader, AwsSessions, AwsWriter } from '../../../src/ports.ts';
import type { Process } from './process.ts';
import type { WorldRecord } from './record.ts';
import { now } from './time.ts';

export const REGION = 'eu-west-1';
/** AWS refuses what was signed so long ago. */
const SIGNATURE_MS = 5 * 60_000;
const SESSION_MS = 15 * 60_000;

/** What the simulated AWS does to the next write, or to the next read. */
export type Trouble = 'lost-answer' | 'lost-request' | 'denied' | 'throttled' | 'expired' | 'ignored';

interface Instance {
  readonly id: string;
  readonly accountId: string;
  readonly tags: Map<string, string>;
  tokens: 'optional' | 'required';
  state: 'running' | 'stopped';
  readonly volume: string;
}
interface Snapshot {
  readonly id: string;
  readonly accountId: string;
  readonly volume: string;
  readonly tags: ReadonlyMap<string, string>;
}

/** EC2 of three accounts, as far as the model's actions need it, with its own log. It knows nothing of the product. */
export class FakeCloud {
  readonly instances = new Map<string, Instance>();
  readonly snapshots: Snapshot[] = [];
  readonly troubles: { readonly accountId: string | null; readonly trouble: Trouble }[] = [];
  /** Accounts in which every call is refused. */
  readonly broken = new Set<string>();
  readsToFail = 0;
  /** How long a write takes to be answered. */
  readonly record: WorldRecord;
  readonly #head: () => Promise<number>;
  #order = 0;
  readonly onEvent: (event: string) => void;

  constructor(record: WorldRecord, head: () => Promise<number>, onEvent: (event: string) => void) {
    this.record = record;
    this.#head = head;
    this.onEvent = onEvent;
  }

  add(accountId: string, id: string, volume: string): void {
    this.instances.set(id, { id, accountId, tags: new Map(), tokens: 'optional', state: 'running', volume });
  }

  arnOf(id: string): string {
    return `arn:aws:ec2:${REGION}:${this.instances.get(id)?.accountId ?? ''}:instance/${id}`;
  }

  /** Somebody else changes an instance. */
  change(id: string, what: string, how: (instance: Instance) => void): void {
    const instance = this.instances.get(id);
    if (!instance) return;
    how(instance);
    this.record.changes.push({ at: now(), target: id, what, order: this.#next(), tick: this.record.tick });
  }

  #next(): number {
    this.#order += 1;
    return this.#order;
  }

  /** AWS as one process reaches it. */
  sessionsOf(process: Process): AwsSessions {
    return {
      read: async (accountId, region) => {
        await process.at('aws.session');
        this.#assertOpen(accountId);
        return this.#reader(process, accountId, region);
      },
      act: async (request) => {
        await process.at('aws.session');
        this.#assertOpen(request.accountId);
        return this.#writer(process, request);
      },
    };
  }

  #assertOpen(accountId: string): void {
    if (this.broken.has(accountId))
      throw new AwsCallError('AccessDenied', `the role in ${accountId} cannot be assumed`, {
        hint: 'Deploy the role.',
      });
  }

  #reader(process: Process, accountId: string, region: string): AwsReader {
    return {
      accountId,
      region,
      partition: 'aws',
      send: async (call) => {
        await process.at('aws.read');
        const failed = this.#readFailure(accountId);
        this.record.reads.push({
          at: now(),
          process: process.name,
          accountId,
          call,
          failed: failed?.awsCode ?? null,
          order: this.#next(),
        });
        if (failed) throw failed;
        return this.#answer(accountId, call);
      },
    };
  }

  #readFailure(accountId: string): AwsCallError | undefined {
    if (this.broken.has(accountId))
      return new AwsCallError('AccessDenied', 'not allowed', { hint: 'Deploy the role.' });
    if (this.readsToFail <= 0) return undefined;
    this.readsToFail -= 1;
    this.onEvent('a read of AWS failed');
    return new AwsCallError('ServiceUnavailable', 'down', { hint: 'Wait.', retry: true });
  }

  #answer(accountId: string, { operation, input }: AwsCall): Json {
    switch (operation) {
      case 'DescribeInstances': {
        const [id] = input['InstanceIds'] as string[];
        const instance = this.instances.get(id ?? '');
        if (instance?.accountId !== accountId)
          throw new AwsCallError('InvalidInstanceID.NotFound', 'no such instance', { hint: 'Look again.' });
        return { Reservations: [{ Instances: [shown(instance)] }] };
      }
      case 'DescribeVolumes':
        return {
          Volumes: (input['VolumeIds'] as string[]).map((VolumeId) => ({ VolumeId, Size: 8, Encrypted: true })),
        };
      case 'DescribeSnapshots': {
        const [filter] = input['Filters'] as { Name: string; Values: string[] }[];
        const key = filter?.Name.slice('tag:'.length) ?? '';
        const found = this.snapshots.filter(
          (one) => one.accountId === accountId && filter?.Values.includes(one.tags.get(key) ?? ''),
        );
        return {
          Snapshots: found.map(({ id, volume }) => ({ SnapshotId: id, VolumeId: volume, State: 'completed' })),
        };
      }
      default:
        throw new Error(`the simulated AWS has no ${operation}`);
    }
  }

  #writer(process: Process, request: ActRequest): AwsWriter {
    const issuedAt = now();
    return {
      accountId: request.accountId,
      region: request.region,
      send: async (call) => {
        const [signedAt, seen, stopsBefore] = [now(), await this.#head(), process.place.stopped];
        await process.at('aws.send');
        const late = now() !== signedAt || stopsBefore;
        const requestId = this.#write(process, request, call, { signedAt, seen, late, issuedAt });
        await process.at('aws.sent');
        return { requestId, output: {} };
      },
    };
  }

  #write(
    process: Process,
    request: ActRequest,
    call: AwsCall,
    sent: { readonly signedAt: number; readonly seen: number; readonly late: boolean; readonly issuedAt: number },
  ): string {
    const at = now();
    const { accountId, region, runId, approvers } = request;
    const target = targetOf(call);
    const trouble = this.#troubleFor(accountId);
    const error =
      this.#refusal(request, call, at, sent) ?? (trouble === undefined ? undefined : troubleError(trouble, 'before'));
    const { tags, tokens, state } = this.instances.get(target) ?? {
      tags: new Map<string, string>(),
      tokens: '',
      state: '',
    };
    const standing = { tags: Object.fromEntries(tags), tokens, state };
    const before = this.#image();
    if (error === undefined && trouble !== 'ignored') this.#apply(accountId, call);
    this.record.sends.push({
      at,
      signedAt: sent.signedAt,
      seen: sent.seen,
      process: process.name,
      runId,
      approvers,
      accountId,
      region,
      call,
      target,
      changed: this.#image() !== before,
      refused: error?.awsCode ?? null,
      before: standing,
      late: sent.late,
      order: this.#next(),
    });
    if (error) throw error;
    if (trouble !== undefined) {
      const after = troubleError(trouble, 'after');
      if (after) throw after;
    }
    return `req-${this.record.sends.length}`;
  }

  #troubleFor(accountId: string): Trouble | undefined {
    const at = this.troubles.findIndex((one) => one.accountId === null || one.accountId === accountId);
    if (at < 0) return undefined;
    const [found] = this.troubles.splice(at, 1);
    this.onEvent(`AWS write: ${found?.trouble ?? ''}`);
    this.record.faults.push({ at: now(), kind: 'aws', accountId });
    return found?.trouble;
  }

  #refusal(
    request: ActRequest,
    call: AwsCall,
    at: number,
    { signedAt, issuedAt }: { readonly signedAt: number; readonly issuedAt: number },
  ): AwsCallError | undefined {
    const no = (code: string) => new AwsCallError(code, `${code} of ${call.operation}`, { hint: 'See the code.' });
    if (this.broken.has(request.accountId)) return no('AccessDenied');
    if (at - signedAt > SIGNATURE_MS) return no('RequestExpired');
    if (at - issuedAt > SESSION_MS) return no('ExpiredToken');
    const instance = this.instances.get(targetOf(call));
    if (instance?.accountId !== request.accountId) return no('InvalidInstanceID.NotFound');
    const action = `ec2:${call.operation}`;
    return isAllowed(request.statements, action, this.arnOf(instance.id)) ? undefined : no('AccessDenied');
  }

  #apply(accountId: string, { operation, input }: AwsCall): void {
    const instance = this.instances.get(targetOf({ service: 'ec2', operation, input }));
    if (!instance) return;
    switch (operation) {
      case 'ModifyInstanceMetadataOptions':
        instance.tokens = input['HttpTokens'] === 'required' ? 'required' : 'optional';
        return;
      case 'CreateTags':
        for (const { Key, Value } of input['Tags'] as { Key: string; Value: string }[]) instance.tags.set(Key, Value);
        return;
      case 'DeleteTags':
        for (const { Key } of input['Tags'] as { Key: string }[]) instance.tags.delete(Key);
        return;
      case 'StopInstances':
        instance.state = 'stopped';
        return;
      case 'StartInstances':
        instance.state = 'running';
        return;
      case 'CreateSnapshots': {
        const [specification] = input['TagSpecifications'] as { Tags: { Key: string; Value: string }[] }[];
        const tags = new Map(specification?.Tags.map(({ Key, Value }) => [Key, Value]));
        const id = `snap-${String(this.snapshots.length + 1).padStart(17, '0')}`;
        this.snapshots.push({ id, accountId, volume: instance.volume, tags });
        return;
      }
      default:
        throw new Error(`the simulated AWS has no ${operation}`);
    }
  }

  /** Everything that a write can change, as text. */
  #image(): string {
    const instances = [...this.instances.values()].map(({ tags, ...rest }) => ({ ...rest, tags: [...tags].sort() }));
    return JSON.stringify([instances, this.snapshots.length]);
  }

  /** As `#image`, of one instance, for comparing how two worlds ended. */
  imageOf(id: string): string {
    const instance = this.instances.get(id);
    const snapshots = this.snapshots.filter((one) => one.volume === instance?.volume).length;
    return JSON.stringify({ ...instance, tags: [...(instance?.tags ?? [])].sort(), snapshots });
  }

  isProtectedByTag(id: string): boolean {
    return this.instances.get(id)?.tags.has(PROTECT_TAG) ?? false;
  }
}

function shown({ id, state, tags, tokens, volume }: Instance): JsonObject {
  return {
    InstanceId: id,
    State: { Name: state },
    Tags: [...tags].map(([Key, Value]) => ({ Key, Value })),
    MetadataOptions: { HttpEndpoint: 'enabled', HttpPutResponseHopLimit: 2, HttpTokens: tokens },
    BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { VolumeId: volume } }],
  };
}

function targetOf({ operation, input }: AwsCall): string {
  if (operation === 'CreateSnapshots') {
    const specification = input['InstanceSpecification'] as { InstanceId?: string } | undefined;
    return specification?.InstanceId ?? '';
  }
  const listed = (input['InstanceIds'] ?? input['Resources']) as string[] | undefined;
  return listed?.[0] ?? String(input['InstanceId'] ?? '');
}

function isAllowed(statements: readonly Statement[], action: string, arn: string): boolean {
  return statements.some(
    (one) => one.actions.includes(action) && one.resources.some((resource) => globMatches(resource, arn)),
  );
}

/** What the caller is told; before the write was carried out, or after it. */
function troubleError(trouble: Trouble, when: 'before' | 'after'): AwsCallError | undefined {
  const lost = (code: string) =>
    new AwsCallError(code, 'no answer came', { hint: 'Read back.', retry: true, ambiguous: true });
  if (when === 'after') return trouble === 'lost-answer' ? lost('TimeoutError') : undefined;
  switch (trouble) {
    case 'lost-request':
      return lost('TimeoutError');
    case 'denied':
      return new AwsCallError('UnauthorizedOperation', 'not allowed', { hint: 'Deploy the role.' });
    case 'throttled':
      return new AwsCallError('RequestLimitExceeded', 'slow down', { hint: 'Wait.', retry: true });
    case 'expired':
      return new AwsCallError('ExpiredToken', 'the session is over', { hint: 'Open another.' });
    case 'lost-answer':
    case 'ignored':
      return undefined;
  }
}
