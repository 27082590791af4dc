import type { ServiceName } from './wire/schemas.ts';

/** Code and HTTP status of an answer. */
type Answer = readonly [code: string, status: number];

/** How one service says the things that every service has to say; from the error lists of the API references and from the SDK's own models. */
interface ServiceCodes {
  /** The words in which it refuses a signature; see sigv4/auth-errors.ts. */
  readonly auth: 'query' | 'json' | 'sqs' | 's3' | 'ec2';
  /** You may not do this. */
  readonly denied: string;
  /** Slow down. */
  readonly throttled: readonly [code: string, status: number, message: string];
  /** Our fault. */
  readonly serverError: Answer;
  /** A value out of bounds. */
  readonly invalid: string;
}

/** One row a service; a new service is a row here, one in wire/schemas.ts and one in operations.ts. */
export const SERVICE_CODES: Readonly<Record<ServiceName, ServiceCodes>> = {
  sts: {
    auth: 'query',
    denied: 'AccessDenied',
    throttled: ['Throttling', 400, 'Rate exceeded'],
    serverError: ['InternalFailure', 500],
    invalid: 'ValidationError',
  },
  iam: {
    auth: 'query',
    denied: 'AccessDenied',
    throttled: ['Throttling', 400, 'Rate exceeded'],
    serverError: ['ServiceFailure', 500],
    invalid: 'ValidationError',
  },
  ec2: {
    auth: 'ec2',
    denied: 'UnauthorizedOperation',
    throttled: ['RequestLimitExceeded', 503, 'Request limit exceeded.'],
    serverError: ['InternalError', 500],
    invalid: 'InvalidParameterValue',
  },
  s3: {
    auth: 's3',
    denied: 'AccessDenied',
    throttled: ['SlowDown', 503, 'Please reduce your request rate.'],
    serverError: ['InternalError', 500],
    invalid: 'InvalidArgument',
  },
  sqs: {
    auth: 'sqs',
    denied: 'AccessDenied',
    throttled: ['ThrottlingException', 400, 'Rate exceeded'],
    serverError: ['InternalFailure', 500],
    invalid: 'InvalidParameterValue',
  },
  guardduty: {
    auth: 'json',
    denied: 'AccessDeniedException',
    throttled: ['TooManyRequestsException', 429, 'Too Many Requests'],
    serverError: ['InternalServerErrorException', 500],
    invalid: 'BadRequestException',
  },
  securityhub: {
    auth: 'json',
    denied: 'AccessDeniedException',
    throttled: ['TooManyRequestsException', 429, 'Too Many Requests'],
    serverError: ['InternalException', 500],
    invalid: 'InvalidInputException',
  },
  organizations: {
    auth: 'json',
    denied: 'AccessDeniedException',
    throttled: ['TooManyRequestsException', 400, 'You have made too many requests in a short period of time.'],
    serverError: ['ServiceException', 500],
    invalid: 'InvalidInputException',
  },
  cloudtrail: {
    auth: 'json',
    denied: 'AccessDeniedException',
    throttled: ['ThrottlingException', 400, 'Rate exceeded'],
    serverError: ['InternalFailure', 500],
    invalid: 'InvalidParameterCombinationException',
  },
  lambda: {
    auth: 'json',
    denied: 'AccessDeniedException',
    throttled: ['TooManyRequestsException', 429, 'Rate Exceeded.'],
    serverError: ['ServiceException', 500],
    invalid: 'InvalidParameterValueException',
  },
  rds: {
    auth: 'query',
    denied: 'AccessDenied',
    throttled: ['Throttling', 400, 'Rate exceeded'],
    serverError: ['InternalFailure', 500],
    invalid: 'InvalidParameterValue',
  },
};
