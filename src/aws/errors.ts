import { AwsCallError, messageOf } from '../domain/errors.ts';
import { withoutSecrets } from '../domain/redact.ts';

/** Refused before anything was done, and worth another try. */
const THROTTLES = new Set([
  'Throttling',
  'ThrottledException',
  'ThrottlingException',
  'TooManyRequests',
  'RequestLimitExceeded',
  'RequestThrottled',
  'BandwidthLimitExceeded',
  'SlowDown',
  'ProvisionedThroughputExceeded',
]);
/** No request can have left this machine. */
const NOT_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'CredentialsProviderError',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);
const EXPIRED = new Set(['ExpiredToken', 'RequestExpired']);
const DENIED = new Set(['AccessDenied', 'UnauthorizedOperation', 'AuthorizationError', 'Forbidden']);
/** AWS explains itself at length at times; people need the first sentences. */
const MESSAGE_LIMIT = 600;

/**
 * Turns whatever a client of the SDK threw into the one error the rest of Cordon knows, without what looks like a secret: its text is shown and kept.
 * `awsCode` is AWS's own code without the ending `Exception`, since IAM alone answers both `NoSuchEntity` and `NoSuchEntityException`.
 */
export function toAwsCallError(
  thrown: unknown,
  call: { readonly service: string; readonly operation: string },
): AwsCallError {
  if (thrown instanceof AwsCallError) return thrown;
  const awsCode = codeOf(thrown);
  const status = statusOf(thrown);
  const throttled = THROTTLES.has(awsCode) || status === 429;
  const silent = status === undefined && !NOT_SENT.has(awsCode);
  const ambiguous = !throttled && (silent || (status !== undefined && status >= 500));
  const notReached = status === undefined && NOT_SENT.has(awsCode) && awsCode !== 'CredentialsProviderError';
  const text = withoutSecrets(messageOf(thrown)).slice(0, MESSAGE_LIMIT);
  return new AwsCallError(awsCode, `${call.service}:${call.operation} failed with ${awsCode}: ${text}`, {
    hint: hintFor(awsCode, text, throttled || ambiguous || notReached),
    retry: throttled || ambiguous || notReached || awsCode === 'DependencyViolation' || EXPIRED.has(awsCode),
    cause: thrown,
    ...(status === undefined ? {} : { status }),
    ambiguous,
  });
}

/** True when the session has run out and a new one would help. */
export function isExpired(error: AwsCallError): boolean {
  return EXPIRED.has(error.awsCode);
}

/** True when AWS said to slow down: nothing was done. */
export function isThrottled(error: AwsCallError): boolean {
  return THROTTLES.has(error.awsCode) || error.status === 429;
}

/** True when AWS understood who asks, and said no. */
export function isDenied(error: AwsCallError): boolean {
  return DENIED.has(error.awsCode);
}

/** True when a service or resource control policy of the organization stands in the way. */
export function isOfOrganization(error: AwsCallError): boolean {
  return /(service|resource) control policy/i.test(error.message);
}

/** True when no request can have left this machine: whatever it was about is not at fault. */
export function wasNotSent(error: AwsCallError): boolean {
  return error.status === undefined && NOT_SENT.has(error.awsCode);
}

function codeOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return 'Unknown';
  if ('code' in thrown && typeof thrown.code === 'string') return bare(thrown.code);
  if ('Code' in thrown && typeof thrown.Code === 'string') return bare(thrown.Code);
  return bare(thrown.name);
}

function bare(code: string): string {
  return code.length > 'Exception'.length ? code.replace(/Exception$/, '') : code;
}

function statusOf(thrown: unknown): number | undefined {
  if (typeof thrown !== 'object' || thrown === null || !('$metadata' in thrown)) return undefined;
  const metadata = thrown.$metadata;
  if (typeof metadata !== 'object' || metadata === null || !('httpStatusCode' in metadata)) return undefined;
  return typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : undefined;
}

function hintFor(awsCode: string, text: string, passing: boolean): string {
  if (/(service|resource) control policy/i.test(text)) {
    return 'A policy of the organization forbids it: ask who manages the service control policies.';
  }
  if (DENIED.has(awsCode))
    return 'Deploy the newest infra/member-role.json to this account: its roles lack a permission.';
  if (EXPIRED.has(awsCode)) return 'The session had run out; a new one is made on the next try.';
  if (awsCode === 'CredentialsProviderError')
    return 'Cordon has no AWS credentials of its own: give its task, pod or instance the role cordon-hub.';
  if (awsCode === 'DependencyViolation') return 'AWS still sees something in use; it is tried again.';
  if (passing) return 'It may pass: it is tried again. See the AWS Health Dashboard when it does not.';
  return 'See the operation in CloudTrail of the account for the whole request.';
}
