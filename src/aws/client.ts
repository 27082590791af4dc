import type { NodeHttpHandler } from '@smithy/node-http-handler';
import { CordonError } from '../domain/errors.ts';
import type { Json, JsonObject } from '../domain/json.ts';
import type { AwsCall, ServiceId } from '../domain/plan.ts';
import type { Meter } from '../ports.ts';
import { counted } from './counted.ts';
import type { Credentials } from './credentials.ts';
import { jsonSafe } from './json-safe.ts';
import { OPERATIONS } from './operations.generated.ts';

export interface ClientOptions {
  readonly region: string;
  readonly credentials: Credentials;
  readonly http: NodeHttpHandler;
  /** Reads may be sent three times by the SDK, a look at the account's health twice; a write goes out once and is repeated by nobody but the executor, after reading back. */
  readonly kind: 'reads' | 'checks' | 'writes';
  readonly meter?: Meter | undefined;
  /** Only for simulators: AWS's own endpoints otherwise. */
  readonly endpoint?: string | undefined;
}

export interface CallAnswer {
  readonly requestId: string | null;
  readonly output: Json;
}

interface Loaded {
  readonly client: Sender;
  readonly sdk: object;
}
interface Sender {
  send(command: object): Promise<object>;
}
type CommandClass = new (input: JsonObject) => object;

/** Clients of one session in one Region, by service; the SDK package of a service is loaded with its first call. */
export class ServiceClients {
  readonly #options: ClientOptions;
  readonly #loaded = new Map<ServiceId, Promise<Loaded>>();

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  /** Throws AwsCallError; CordonError `operation_not_allowed` for what is not on the list, before anything is sent. */
  async send(call: AwsCall): Promise<CallAnswer> {
    const kind = this.#options.kind === 'writes' ? 'writes' : 'reads';
    if (!OPERATIONS[kind].includes(`${call.service}:${call.operation}`)) throw notAllowed(call, kind);
    const { client, sdk } = await this.#load(call.service);
    const Command = commandOf(sdk, call);
    const output = await counted(this.#options.meter, call, () => client.send(new Command(call.input)));
    return { requestId: requestIdOf(output), output: jsonSafe(output) };
  }

  #load(service: ServiceId): Promise<Loaded> {
    const held = this.#loaded.get(service);
    if (held !== undefined) return held;
    const loading = load(service, this.#options);
    this.#loaded.set(service, loading);
    return loading;
  }
}

async function load(service: ServiceId, options: ClientOptions): Promise<Loaded> {
  const config = clientConfig(options);
  switch (service) {
    case 'iam': {
      const sdk = await import('@aws-sdk/client-iam');
      return loaded(new sdk.IAMClient(config), sdk);
    }
    case 's3': {
      const sdk = await import('@aws-sdk/client-s3');
      return loaded(new sdk.S3Client({ ...config, forcePathStyle: options.endpoint !== undefined }), sdk);
    }
    case 'ec2': {
      const sdk = await import('@aws-sdk/client-ec2');
      return loaded(new sdk.EC2Client(config), sdk);
    }
    case 'cloudtrail': {
      const sdk = await import('@aws-sdk/client-cloudtrail');
      return loaded(new sdk.CloudTrailClient(config), sdk);
    }
    case 'lambda': {
      const sdk = await import('@aws-sdk/client-lambda');
      return loaded(new sdk.LambdaClient(config), sdk);
    }
    case 'rds': {
      const sdk = await import('@aws-sdk/client-rds');
      return loaded(new sdk.RDSClient(config), sdk);
    }
  }
}

const ATTEMPTS: Readonly<Record<ClientOptions['kind'], number>> = { reads: 3, checks: 2, writes: 1 };

/** What all clients have in common. */
export function clientConfig(
  options: Omit<ClientOptions, 'credentials'> & { readonly credentials?: Credentials | undefined },
) {
  return {
    region: options.region,
    requestHandler: options.http,
    retryMode: 'standard',
    maxAttempts: ATTEMPTS[options.kind],
    ...(options.credentials === undefined ? {} : { credentials: options.credentials }),
    ...(options.endpoint === undefined ? {} : { endpoint: options.endpoint }),
  };
}

function loaded(client: unknown, sdk: object): Loaded {
  if (!isSender(client)) throw new TypeError('the SDK client has no send method');
  return { client, sdk };
}

function isSender(client: unknown): client is Sender {
  return typeof client === 'object' && client !== null && 'send' in client && typeof client.send === 'function';
}

function commandOf(sdk: object, call: AwsCall): CommandClass {
  const found: unknown = Reflect.get(sdk, `${call.operation}Command`);
  if (isCommandClass(found)) return found;
  throw new TypeError(`the SDK has no operation ${call.service}:${call.operation}`);
}

function isCommandClass(value: unknown): value is CommandClass {
  return typeof value === 'function';
}

function requestIdOf(output: object): string | null {
  if (!('$metadata' in output)) return null;
  const metadata = output.$metadata;
  if (typeof metadata !== 'object' || metadata === null || !('requestId' in metadata)) return null;
  return typeof metadata.requestId === 'string' ? metadata.requestId : null;
}

function notAllowed(call: AwsCall, kind: 'reads' | 'writes'): CordonError {
  return new CordonError(
    'operation_not_allowed',
    `${call.service}:${call.operation} is not one of the ${kind} that Cordon may send.`,
    {
      hint: 'Nothing was sent. Only what a registered action declares under reads and writes, or Cordon itself reads, is ever sent; after a change: npm run generate.',
    },
  );
}
