import { AwsError } from './errors.ts';
import type { ServiceName } from './wire/schemas.ts';

/** "Slow down", as each service says it. */
export function throttled(service: ServiceName): AwsError {
  switch (service) {
    case 'ec2':
      return new AwsError('RequestLimitExceeded', 'Request limit exceeded.', { status: 503 });
    case 's3':
      return new AwsError('SlowDown', 'Please reduce your request rate.', { status: 503 });
    case 'sts':
    case 'iam':
      return new AwsError('Throttling', 'Rate exceeded', { status: 400 });
    case 'sqs':
      return new AwsError('ThrottlingException', 'Rate exceeded', { status: 400 });
    case 'guardduty':
    case 'securityhub':
      return new AwsError('TooManyRequestsException', 'Too Many Requests', { status: 429 });
  }
}

/** "Our fault", as each service says it. */
export function serverError(service: ServiceName): AwsError {
  const message = 'An internal error has occurred. Retry your request.';
  switch (service) {
    case 'ec2':
    case 's3':
      return new AwsError('InternalError', message, { status: 500 });
    case 'sts':
    case 'sqs':
      return new AwsError('InternalFailure', message, { status: 500 });
    case 'iam':
      return new AwsError('ServiceFailure', message, { status: 500 });
    case 'guardduty':
      return new AwsError('InternalServerErrorException', message, { status: 500 });
    case 'securityhub':
      return new AwsError('InternalException', message, { status: 500 });
  }
}

/** The code by which each service refuses a value out of bounds. */
export function validationCode(service: ServiceName): string {
  switch (service) {
    case 'ec2':
    case 'sqs':
      return 'InvalidParameterValue';
    case 's3':
      return 'InvalidArgument';
    case 'guardduty':
      return 'BadRequestException';
    case 'securityhub':
      return 'InvalidInputException';
    case 'sts':
    case 'iam':
      return 'ValidationError';
  }
}
