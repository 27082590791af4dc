import type { z } from 'zod';
import type { Clock } from './clock.ts';
import { AwsError } from './errors.ts';
import type { ConditionKeys } from './iam/conditions.ts';
import type { Principal } from './iam/principal.ts';
import type { Organization } from './organization.ts';
import type { State } from './state/state.ts';
import type { Tree } from './wire/schemas.ts';

/** One permission a call needs. `keys` are condition keys of this resource alone (its tags, the tags asked for it). */
export interface Need {
  readonly action: string;
  readonly resource: string;
  readonly keys?: ConditionKeys;
}

/** What surrounds one call: who, where, when, and the world it acts on. */
export interface Call {
  readonly principal: Principal;
  readonly account: string;
  readonly region: string;
  readonly state: State;
  readonly clock: Clock;
  readonly organization: Organization;
  readonly requestId: string;
  readonly accessKeyId: string;
  /** Aborts when the client has gone. */
  readonly signal: AbortSignal;
  /** A list that can do so answers an empty page with a token, as services do that filter after they have paged. */
  readonly emptyPage: boolean;
  /** Said by calls that change something which is not in `state`: messages of a queue, sessions handed out. */
  readonly changed: () => void;
}

/** A call whose input has been read and whose needs are known. */
export interface Prepared {
  readonly needs: readonly Need[];
  /** EC2 only: ask for the permission and change nothing. */
  readonly dryRun: boolean;
  run(): unknown;
}

/** One API operation the simulator answers. */
export interface Operation {
  readonly name: string;
  readonly write: boolean;
  prepare(input: Tree, call: Call): Prepared;
}

/** What a file of operations says about each: the members it understands, what it needs, and what it does. */
export interface OperationSpec<S extends z.ZodType> {
  readonly name: string;
  readonly write?: boolean;
  /** A strict object: a member that is not listed is refused with 501 instead of being ignored. */
  readonly input: S;
  needs(input: z.output<S>, call: Call): readonly Need[];
  run(input: z.output<S>, call: Call): unknown;
}

/** Makes an operation of its description. `prepare` throws ValidationError for values out of bounds and NotImplemented for members unknown to the simulator. */
export function defineOperation<S extends z.ZodType>(spec: OperationSpec<S>): Operation {
  return {
    name: spec.name,
    write: spec.write ?? false,
    prepare(raw, call) {
      const input = parseInput(spec, raw);
      return { needs: spec.needs(input, call), dryRun: raw['DryRun'] === true, run: () => spec.run(input, call) };
    },
  };
}

function parseInput<S extends z.ZodType>(spec: OperationSpec<S>, raw: Tree): z.output<S> {
  const parsed = spec.input.safeParse(raw);
  if (parsed.success) return parsed.data;
  const unknown = parsed.error.issues
    .filter((issue) => issue.code === 'unrecognized_keys')
    .flatMap((issue) => issue.keys.map((key) => [...issue.path, key].join('.')));
  if (unknown.length > 0)
    throw new AwsError('NotImplemented', `sandbox: ${spec.name} does not know ${unknown.join(', ')}`, { status: 501 });
  throw new AwsError('ValidationError', validationText(parsed.error));
}

function validationText(error: z.ZodError): string {
  const problems = error.issues.map(
    (issue) => `Value at '${issue.path.join('.')}' failed to satisfy constraint: ${issue.message}`,
  );
  return `${problems.length} validation error${problems.length === 1 ? '' : 's'} detected: ${problems.join('; ')}`;
}

/** Looks an API name up; the operations of a service as a map. Throws when two share a name. */
export function operationMap(operations: readonly Operation[]): ReadonlyMap<string, Operation> {
  const map = new Map(operations.map((operation) => [operation.name, operation]));
  if (map.size !== operations.length) throw new Error('two operations share a name');
  return map;
}

/** `Name` and `Value` of every tag as condition keys of a resource. */
export function resourceTagKeys(tags: ReadonlyArray<{ readonly Key: string; readonly Value: string }>): ConditionKeys {
  return Object.fromEntries(
    tags.flatMap(({ Key, Value }) => [
      [`aws:ResourceTag/${Key}`, Value],
      [`ec2:ResourceTag/${Key}`, Value],
    ]),
  );
}

/** The tags a request wants to set, as condition keys. */
export function requestTagKeys(tags: ReadonlyArray<{ readonly Key: string; readonly Value: string }>): ConditionKeys {
  return {
    ...Object.fromEntries(tags.map(({ Key, Value }) => [`aws:RequestTag/${Key}`, Value])),
    'aws:TagKeys': tags.length > 0 ? tags.map(({ Key }) => Key) : undefined,
  };
}
