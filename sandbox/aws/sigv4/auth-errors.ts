import { AwsError } from '../errors.ts';
import { SERVICE_CODES } from '../service-codes.ts';
import type { ServiceName } from '../wire/schemas.ts';

/** Why a signature was refused. */
export type AuthProblem =
  | 'unsigned'
  | 'unknown-key'
  | 'wrong-token'
  | 'wrong-signature'
  | 'wrong-body'
  | 'expired'
  | 'skewed';

type Row = readonly [code: string, status: number, message: string];

const INVALID = 'The security token included in the request is invalid.';
const EXPIRED = 'The security token included in the request is expired';
const MISMATCH =
  'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.';
const MISSING = 'Request is missing Authentication Token';
const SKEWED = 'Signature expired or not yet current: the date of the request is too far from the current time.';
const EC2 = 'AWS was not able to validate the provided access credentials';

const QUERY: Readonly<Record<AuthProblem, Row>> = {
  unsigned: ['MissingAuthenticationToken', 403, MISSING],
  'unknown-key': ['InvalidClientTokenId', 403, INVALID],
  'wrong-token': ['InvalidClientTokenId', 403, INVALID],
  'wrong-signature': ['SignatureDoesNotMatch', 403, MISMATCH],
  'wrong-body': ['SignatureDoesNotMatch', 403, MISMATCH],
  expired: ['ExpiredToken', 403, EXPIRED],
  skewed: ['SignatureDoesNotMatch', 403, SKEWED],
};

const REST_JSON: Readonly<Record<AuthProblem, Row>> = {
  unsigned: ['MissingAuthenticationTokenException', 403, 'Missing Authentication Token'],
  'unknown-key': ['UnrecognizedClientException', 403, INVALID],
  'wrong-token': ['UnrecognizedClientException', 403, INVALID],
  'wrong-signature': ['InvalidSignatureException', 403, MISMATCH],
  'wrong-body': ['InvalidSignatureException', 403, MISMATCH],
  expired: ['ExpiredTokenException', 403, EXPIRED],
  skewed: ['InvalidSignatureException', 403, SKEWED],
};

const SQS: Readonly<Record<AuthProblem, Row>> = {
  ...REST_JSON,
  unsigned: ['MissingAuthenticationToken', 403, MISSING],
  'unknown-key': ['InvalidClientTokenId', 403, INVALID],
  'wrong-token': ['InvalidClientTokenId', 403, INVALID],
  'wrong-signature': ['SignatureDoesNotMatch', 403, MISMATCH],
  'wrong-body': ['SignatureDoesNotMatch', 403, MISMATCH],
  expired: ['ExpiredToken', 403, EXPIRED],
};

const S3: Readonly<Record<AuthProblem, Row>> = {
  unsigned: ['AccessDenied', 403, 'Access Denied'],
  'unknown-key': ['InvalidAccessKeyId', 403, 'The AWS Access Key Id you provided does not exist in our records.'],
  'wrong-token': ['InvalidToken', 400, 'The provided token is malformed or otherwise invalid.'],
  'wrong-signature': ['SignatureDoesNotMatch', 403, MISMATCH],
  'wrong-body': [
    'XAmzContentSHA256Mismatch',
    400,
    "The provided 'x-amz-content-sha256' header does not match what was computed.",
  ],
  expired: ['ExpiredToken', 400, 'The provided token has expired.'],
  skewed: ['RequestTimeTooSkewed', 403, 'The difference between the request time and the current time is too large.'],
};

const EC2_ROWS: Readonly<Record<AuthProblem, Row>> = {
  unsigned: ['MissingParameter', 400, 'The request must contain the parameter AWSAccessKeyId'],
  'unknown-key': ['AuthFailure', 401, EC2],
  'wrong-token': ['AuthFailure', 401, EC2],
  'wrong-signature': ['AuthFailure', 401, EC2],
  'wrong-body': ['AuthFailure', 401, EC2],
  expired: ['RequestExpired', 400, 'Request has expired.'],
  skewed: ['RequestExpired', 400, 'Request has expired.'],
};

const TABLES = { query: QUERY, json: REST_JSON, sqs: SQS, s3: S3, ec2: EC2_ROWS } as const;

/** The refusal in the words and the status of the service that was called. */
export function authError(service: ServiceName, problem: AuthProblem): AwsError {
  const [code, status, message] = TABLES[SERVICE_CODES[service].auth][problem];
  return new AwsError(code, message, { status });
}
