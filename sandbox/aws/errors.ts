/** What an error answer may carry beside code and message. */
export interface AwsErrorOptions {
  /** HTTP status; 400 unless said. */
  readonly status?: number;
  /** Further members of the answer's body (JSON protocols and S3). */
  readonly detail?: Readonly<Record<string, string>>;
  /** Further headers of the answer. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** An error as AWS would answer it: the code clients match on, the message people read. Written in the shape of the service's protocol. */
export class AwsError extends Error {
  readonly code: string;
  readonly status: number;
  readonly detail: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: string, message: string, options: AwsErrorOptions = {}) {
    super(message);
    this.name = 'AwsError';
    this.code = code;
    this.status = options.status ?? 400;
    this.detail = options.detail ?? {};
    this.headers = options.headers ?? {};
  }
}
