/**
 * The one family of thrown errors. Expected outcomes (a refusal, a stale plan, a duplicate) are values, not errors.
 * `code` is stable and may be matched; `hint` says the next step to a person; `retry` says whether trying again unchanged can help.
 */
export class CordonError extends Error {
  readonly code: string;
  readonly hint: string;
  readonly retry: boolean;

  constructor(code: string, message: string, options: { hint: string; retry?: boolean; cause?: unknown }) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'CordonError';
    this.code = code;
    this.hint = options.hint;
    this.retry = options.retry ?? false;
  }
}

/** Thrown by the AWS adapters for every failed call: `awsCode` is AWS's own error code, e.g. `AccessDenied`. */
export class AwsCallError extends CordonError {
  readonly awsCode: string;
  readonly status: number | undefined;
  /** True when the request may have reached AWS and been carried out although no answer came (time-out, broken connection, 5xx). */
  readonly ambiguous: boolean;

  constructor(
    awsCode: string,
    message: string,
    options: { hint: string; retry?: boolean; cause?: unknown; status?: number; ambiguous?: boolean },
  ) {
    super('aws_call_failed', message, options);
    this.name = 'AwsCallError';
    this.awsCode = awsCode;
    this.status = options.status;
    this.ambiguous = options.ambiguous ?? false;
  }
}

/** The text of anything that was thrown, for logs and reasons. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
