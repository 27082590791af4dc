import { timingSafeEqual } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { Principal } from '../iam/principal.ts';
import { type HttpMessage, header } from '../wire/http-message.ts';
import type { ServiceName } from '../wire/schemas.ts';
import { authError } from './auth-errors.ts';
import { type Authorization, expectedSignature, sha256Hex } from './signature.ts';

/** Credentials the simulator has handed out (or was started with) and whose they are. */
export interface Credential {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Absent for the long-lived key of a user. */
  readonly sessionToken?: string;
  /** Milliseconds by the organisation's clock; absent when it never ends. */
  readonly expiresAt?: number;
  readonly principal: Principal;
}

/** AWS accepts a date at most this far from its own. */
const MAX_SKEW_MS = 5 * 60_000;
/** S3 is more patient. */
const MAX_S3_SKEW_MS = 15 * 60_000;

/** Checks that a request was signed with the credential it names. Throws the AwsError of the called service when the signature does not hold. */
export function authenticate(
  message: HttpMessage,
  service: ServiceName,
  auth: Authorization | undefined,
  credential: Credential | undefined,
  clock: Clock,
): Credential {
  if (!auth) throw authError(service, 'unsigned');
  if (!credential) throw authError(service, 'unknown-key');
  if (isSkewed(message, auth, service)) throw authError(service, 'skewed');
  if (!sameText(header(message, 'x-amz-security-token'), credential.sessionToken ?? ''))
    throw authError(service, 'wrong-token');
  if (!auth.signedHeaders.includes('host') || !signsAmzHeaders(message, auth))
    throw authError(service, 'wrong-signature');
  if (!sameText(expectedSignature(message, auth, credential.secretAccessKey), auth.signature))
    throw authError(service, 'wrong-signature');
  if (!bodyMatches(message)) throw authError(service, 'wrong-body');
  if (credential.expiresAt !== undefined && clock.now() >= credential.expiresAt) throw authError(service, 'expired');
  return credential;
}

function isSkewed(message: HttpMessage, auth: Authorization, service: ServiceName): boolean {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(header(message, 'x-amz-date'));
  if (!match) return true;
  const [, year, month, day, hour, minute, second] = match;
  const signed = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  const limit = service === 's3' ? MAX_S3_SKEW_MS : MAX_SKEW_MS;
  return !(Math.abs(Date.now() - signed) <= limit) || `${year}${month}${day}` !== auth.day;
}

/** Every x-amz- header that is sent must be signed, else someone between could add one. The SDK leaves its own trace headers out. */
function signsAmzHeaders(message: HttpMessage, auth: Authorization): boolean {
  const names = ['x-amz-date', 'x-amz-security-token', 'x-amz-target'];
  return names.every((name) => message.headers[name] === undefined || auth.signedHeaders.includes(name));
}

function bodyMatches(message: HttpMessage): boolean {
  const declared = header(message, 'x-amz-content-sha256');
  if (declared === '' || declared === 'UNSIGNED-PAYLOAD' || declared.startsWith('STREAMING-')) return true;
  return declared === sha256Hex(message.body);
}

function sameText(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}
