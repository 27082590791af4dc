import { NodeHttpHandler, type NodeHttpHandlerOptions } from '@smithy/node-http-handler';
import { CordonError } from '../domain/errors.ts';
import { Places } from '../domain/places.ts';

/**
 * One pool of connections for all clients: with a pool for each, many accounts times many Regions run out of sockets.
 * The SDK only warns about a request that takes too long unless it is told to throw.
 */
export function openHttp(
  options: {
    readonly requestTimeoutMs?: number;
    readonly connectionTimeoutMs?: number;
    readonly maxSockets?: number;
  } = {},
): NodeHttpHandler {
  const maxSockets = options.maxSockets ?? 64;
  return new PatientHandler(maxSockets, {
    connectionTimeout: options.connectionTimeoutMs ?? 3_000,
    requestTimeout: options.requestTimeoutMs ?? 10_000,
    throwOnRequestTimeout: true,
    httpAgent: { maxSockets, keepAlive: true },
    httpsAgent: { maxSockets, keepAlive: true },
  });
}

/**
 * Lets only as many requests into the pool as it has connections. The SDK starts its clock for connecting when a request is handed over, also while it waits for a
 * connection to become free: with many accounts at once healthy requests would be given up before they were ever sent.
 */
class PatientHandler extends NodeHttpHandler {
  readonly #places: Places;

  constructor(places: number, options: NodeHttpHandlerOptions) {
    super(options);
    this.#places = new Places(places);
  }

  override handle(...call: Parameters<NodeHttpHandler['handle']>): ReturnType<NodeHttpHandler['handle']> {
    return this.#places.run(() => super.handle(...call));
  }
}

const LOOPBACK = ['127.0.0.1', '[::1]', 'localhost'];

/** Another AWS endpoint than AWS's own must be https, or on this machine: signed requests and findings never cross a network in the clear. */
export function checkEndpoint(endpoint: string | undefined): void {
  if (endpoint === undefined) return;
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && LOOPBACK.includes(url.hostname))) return;
  throw new CordonError('endpoint_not_https', 'The AWS endpoint is neither https nor on this machine.', {
    hint: 'Use an https address, or leave AWS_ENDPOINT_URL unset.',
  });
}
