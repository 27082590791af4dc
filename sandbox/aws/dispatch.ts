import { randomUUID } from 'node:crypto';
import { AwsError } from './errors.ts';
import { serverError, throttled, validationCode } from './fault-errors.ts';
import type { Fault, FaultKind, Faults } from './faults.ts';
import { deniedByOrganization } from './iam/access-denied.ts';
import { authorize } from './iam/authorize.ts';
import type { Call, Operation, Prepared } from './operation.ts';
import { type LogEntry, type OperationLog, redact } from './operation-log.ts';
import { OPERATIONS } from './operations.ts';
import type { Organization } from './organization.ts';
import { checkAccountOpen } from './organizations/account-state.ts';
import type { RateLimits } from './rate-limits.ts';
import { authError } from './sigv4/auth-errors.ts';
import { authenticate, type Credential } from './sigv4/authenticate.ts';
import { readAuthorization } from './sigv4/signature.ts';
import type { StaleReads } from './stale-reads.ts';
import { findCredential } from './sts/sessions.ts';
import { type HttpAnswer, type HttpMessage, header } from './wire/http-message.ts';
import { readRequest } from './wire/read-request.ts';
import { route } from './wire/route.ts';
import {
  isServiceName,
  isTree,
  type ServiceName,
  type Tree,
  WIRE_SERVICES,
  type WireOperation,
  type WireService,
} from './wire/schemas.ts';
import { writeAnswer, writeError } from './wire/write-answer.ts';

export interface DispatchDeps {
  readonly organization: Organization;
  readonly faults: Faults;
  readonly log: OperationLog;
  readonly staleReads: StaleReads;
  readonly rates: RateLimits;
  /** Where a defect of the simulator itself is reported. */
  readonly report: (problem: string) => void;
  /** How long every answer is on its way, in milliseconds, as from a service that is not on this machine. */
  readonly latencyMs: number;
}

/** An answer, or 'silence' when a fault withholds it: the connection stays open until the client gives up. */
export type Outcome = HttpAnswer | 'silence';

/** The log entry of a request while it is being worked on. */
type Draft = { -readonly [K in keyof Omit<LogEntry, 'seq' | 'at'>]: LogEntry[K] };

/** Answers one request from signature to log entry. Never throws. */
export async function dispatch(deps: DispatchDeps, message: HttpMessage, signal: AbortSignal): Promise<Outcome> {
  const service = WIRE_SERVICES[serviceOf(message)];
  const draft = newDraft(service.name);
  const outcome = await answer(deps, service, message, signal, draft).catch((error: unknown) =>
    failed(deps, service, error, draft),
  );
  draft.happenedAt = deps.organization.clock.now();
  deps.log.add({ ...draft, status: outcome === 'silence' ? 0 : outcome.status });
  return outcome === 'silence'
    ? outcome
    : {
        ...outcome,
        headers: { ...outcome.headers, 'x-amzn-requestid': draft.requestId, 'x-amz-request-id': draft.requestId },
      };
}

/** The signature names the service; an unsigned request is guessed by its shape, only to be refused in a fitting form. */
function serviceOf(message: HttpMessage): ServiceName {
  const signed = readAuthorization(header(message, 'authorization'))?.service ?? '';
  if (isServiceName(signed)) return signed;
  if (header(message, 'x-amz-target').startsWith('AmazonSQS')) return 'sqs';
  if (header(message, 'content-type').startsWith('application/x-www-form-urlencoded')) return 'sts';
  if (message.path.startsWith('/detector')) return 'guardduty';
  if (message.path.startsWith('/findings')) return 'securityhub';
  return 's3';
}

function newDraft(service: ServiceName): Draft {
  return {
    service,
    happenedAt: 0,
    operation: '',
    account: '',
    region: '',
    principal: '',
    sourceIdentity: null,
    sessionName: null,
    accessKeyId: '',
    status: 0,
    errorCode: null,
    write: false,
    effect: false,
    target: '*',
    input: null,
    requestId: randomUUID(),
    faulted: null,
  };
}

function failed(deps: DispatchDeps, service: WireService, error: unknown, draft: Draft): HttpAnswer {
  if (!(error instanceof AwsError))
    deps.report(
      `${service.name}:${draft.operation} failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    );
  const known =
    error instanceof AwsError
      ? error
      : new AwsError('InternalFailure', 'The simulator failed; its log says why.', { status: 500 });
  draft.errorCode = known.code;
  return writeError(service, known, draft.requestId);
}

async function answer(
  deps: DispatchDeps,
  service: WireService,
  message: HttpMessage,
  signal: AbortSignal,
  draft: Draft,
): Promise<Outcome> {
  const found = route(service, message);
  draft.operation = found.found ? found.operation.name : found.name;
  const auth = readAuthorization(header(message, 'authorization'));
  draft.accessKeyId = auth?.accessKeyId ?? '';
  draft.region = auth?.region ?? '';
  const credential = authenticate(
    message,
    service.name,
    auth,
    auth ? findCredential(deps.organization, auth.accessKeyId) : undefined,
    deps.organization.clock,
  );
  noteCredential(draft, credential);
  checkAccountOpen(deps.organization.state, service.name, credential.principal.account, draft.region);
  if (!found.found) throw notImplemented(service, found.name);
  const operation = OPERATIONS[service.name].get(found.operation.name);
  if (!operation) throw notImplemented(service, found.operation.name);
  draft.write = operation.write;
  // Counted before anything is looked at: AWS refuses at its door, and an invalid request counts too.
  const { account, region } = draft;
  if (!deps.rates.take({ account, region, service: service.name, operation: operation.name }))
    throw throttled(service.name);
  const input = readRequest(service, found, message);
  draft.input = redact(input);
  return perform(
    deps,
    service,
    found.operation,
    operation,
    input,
    newCall(deps, service.name, credential, signal, draft),
    draft,
  );
}

function notImplemented(service: WireService, name: string): AwsError {
  return new AwsError('NotImplemented', `sandbox: ${service.name}:${name} is not simulated`, { status: 501 });
}

function noteCredential(draft: Draft, { principal }: Credential): void {
  draft.account = principal.account;
  draft.principal = principal.arn;
  draft.sourceIdentity = principal.sourceIdentity ?? null;
  draft.sessionName = principal.sessionName ?? null;
}

/** A service without Regions of its own counts as us-east-1. */
function regionOf(service: ServiceName, signed: string): string {
  return service === 'iam' ? 'us-east-1' : signed;
}

interface Tracked extends Call {
  readonly didChange: () => boolean;
}

function newCall(
  deps: DispatchDeps,
  service: ServiceName,
  credential: Credential,
  signal: AbortSignal,
  draft: Draft,
): Tracked {
  const { organization } = deps;
  const { principal } = credential;
  let touched = false;
  return {
    principal,
    account: principal.account,
    region: regionOf(service, draft.region),
    state: organization.state,
    clock: organization.clock,
    organization,
    requestId: draft.requestId,
    accessKeyId: credential.accessKeyId,
    signal,
    emptyPage: false,
    changed: () => {
      touched = true;
    },
    didChange: () => touched,
  };
}

async function perform(
  deps: DispatchDeps,
  service: WireService,
  wire: WireOperation,
  operation: Operation,
  input: Tree,
  call: Tracked,
  draft: Draft,
): Promise<Outcome> {
  const struck = (kinds: readonly FaultKind[]): Fault | undefined => {
    const fault = deps.faults.take(kinds, {
      service: service.name,
      operation: operation.name,
      accounts: [draft.account, ...(service.name === 'sts' ? [accountOf(draft.target)] : [])],
      write: operation.write,
    });
    if (fault) draft.faulted = fault.kind;
    return fault;
  };
  const prepared = prepare(service, operation, input, call);
  draft.target = prepared.needs.find(({ resource }) => resource !== '*')?.resource ?? targetOf(input);
  const early = struck(['throttle', 'server-error', 'timeout-before', 'deny', 'expire-token']);
  if (early?.kind === 'timeout-before') return 'silence';
  if (early) throw earlyError(early, service, prepared, call, operation);
  authorize(service.name, call, prepared.needs);
  if (prepared.dryRun)
    throw new AwsError('DryRunOperation', 'Request would have succeeded, but DryRun flag is set.', { status: 412 });
  const late =
    operation.write || service.name === 'sts'
      ? struck(['timeout-after', 'ignore', 'stale-read'])
      : struck(['timeout-after', 'empty-page']);
  const result = await run(deps, service.name, operation, input, call, late, draft);
  if (late?.kind === 'timeout-after') return 'silence';
  return writeAnswer(service, wire, isTree(result) ? result : {}, draft.requestId);
}

/** AssumeRole checks its own needs, so its target is read from the input. */
function targetOf(input: Tree): string {
  return typeof input['RoleArn'] === 'string' ? input['RoleArn'] : '*';
}

function accountOf(arn: string): string {
  return arn.split(':')[4] ?? '';
}

function prepare(service: WireService, operation: Operation, input: Tree, call: Call): Prepared {
  try {
    return operation.prepare(input, call);
  } catch (error) {
    if (error instanceof AwsError && error.code === 'ValidationError')
      throw new AwsError(validationCode(service.name), error.message);
    throw error;
  }
}

function earlyError(
  fault: Fault,
  service: WireService,
  prepared: Prepared,
  call: Call,
  operation: Operation,
): AwsError {
  switch (fault.kind) {
    case 'throttle':
      return throttled(service.name);
    case 'expire-token':
      return authError(service.name, 'expired');
    case 'deny': {
      const [first] = prepared.needs;
      return deniedByOrganization(
        service.name,
        call.principal,
        first?.action ?? `${service.name}:${operation.name}`,
        first?.resource ?? '*',
      );
    }
    default:
      return serverError(service.name);
  }
}

/** Runs the operation on the truth, on a copy that is thrown away, or (a read) on the past that a fault still shows. */
async function run(
  deps: DispatchDeps,
  service: ServiceName,
  operation: Operation,
  input: Tree,
  call: Tracked,
  late: Fault | undefined,
  draft: Draft,
): Promise<unknown> {
  const { state } = deps.organization;
  if (late?.kind === 'ignore') return operation.prepare(input, { ...call, state: state.fork() }).run();
  if (!operation.write) {
    const seen = deps.staleReads.stateFor(service, draft.account) ?? state;
    return operation.prepare(input, { ...call, state: seen, emptyPage: late?.kind === 'empty-page' }).run();
  }
  if (late?.kind === 'stale-read') deps.staleReads.hold(service, draft.account, late.params.forMs, state.fork());
  const before = state.changes;
  try {
    return await operation.prepare(input, call).run();
  } finally {
    draft.effect = state.changes !== before || call.didChange();
  }
}
