import { AwsError } from './errors.ts';
import { SERVICE_CODES } from './service-codes.ts';
import type { ServiceName } from './wire/schemas.ts';

/** "Slow down", as each service says it. */
export function throttled(service: ServiceName): AwsError {
  const [code, status, message] = SERVICE_CODES[service].throttled;
  return new AwsError(code, message, { status });
}

/** "Our fault", as each service says it. */
export function serverError(service: ServiceName): AwsError {
  const [code, status] = SERVICE_CODES[service].serverError;
  return new AwsError(code, 'An internal error has occurred. Retry your request.', { status });
}

/** The code by which each service refuses a value out of bounds. */
export function validationCode(service: ServiceName): string {
  return SERVICE_CODES[service].invalid;
}
