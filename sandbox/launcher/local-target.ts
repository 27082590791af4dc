/**
 * True when the arguments of `net.Socket#connect` name this machine: a path (a local socket), no host, or a loopback address.
 * Node itself hands over `[[options, callback]]`; others hand over options, a path, or port and host.
 */
export function isLocalTarget(args: readonly unknown[]): boolean {
  const [first, second] = args;
  if (Array.isArray(first)) return isLocalTarget(first);
  if (isRecord(first)) {
    return (typeof first['path'] === 'string' && first['host'] === undefined) || isLocalHost(first['host']);
  }
  const isPath = typeof first === 'string' && !/^\d+$/.test(first);
  return isPath || isLocalHost(typeof second === 'function' ? undefined : second);
}

function isLocalHost(host: unknown): boolean {
  if (host === undefined || host === null || host === '') return true;
  return typeof host === 'string' && /^(localhost|::1|\[::1\]|(::ffff:)?127(\.\d{1,3}){3})$/i.test(host);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
