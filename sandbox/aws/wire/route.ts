import type { HttpMessage } from './http-message.ts';
import { header } from './http-message.ts';
import type { WireOperation, WireService } from './schemas.ts';

/** Which operation a request means; `path` is the part that the operation's template matches (for S3: without the bucket). */
export type Route =
  | { readonly found: true; readonly operation: WireOperation; readonly path: string; readonly bucket: string }
  | { readonly found: false; readonly name: string };

/** Finds the operation a request means, or what the request calls it. */
export function route(service: WireService, message: HttpMessage): Route {
  switch (service.protocol) {
    case 'awsJson':
      return byName(service, header(message, 'x-amz-target').split('.').pop() ?? '');
    case 'awsQuery':
    case 'ec2Query':
      return byName(
        service,
        new URLSearchParams(message.body.toString('utf8')).get('Action') ?? message.query.get('Action') ?? '',
      );
    case 'restJson':
      return byPath(service, message, message.path, '');
    case 'restXml':
      return s3Route(service, message);
  }
}

function byName(service: WireService, name: string): Route {
  const operation = service.operations.get(name);
  return operation ? { found: true, operation, path: '/', bucket: '' } : { found: false, name: name || '(none named)' };
}

function s3Route(service: WireService, message: HttpMessage): Route {
  const [, bucket = '', path = ''] = /^\/([^/]*)(\/.*)?$/s.exec(message.path) ?? [];
  return byPath(service, message, path || '/', bucket);
}

function byPath(service: WireService, message: HttpMessage, path: string, bucket: string): Route {
  const candidates = [...service.operations.values()].filter((operation) =>
    matches(service, operation, message, path, bucket),
  );
  const [best] = candidates.sort((a, b) => weight(b, message) - weight(a, message));
  return best
    ? { found: true, operation: best, path, bucket }
    : { found: false, name: `${message.method} ${message.path}` };
}

/** More query literals win (`?acl` over nothing), then fewer labels (`/rules/list` over `/rules/{Id}`), then the longer template. */
function weight(operation: WireOperation, message: HttpMessage): number {
  const http = operation.http;
  const literals = http?.literals.filter(([key]) => message.query.has(key)).length ?? 0;
  return literals * 100_000 - (http?.labels.length ?? 0) * 1_000 + (http?.path.source.length ?? 0);
}

function matches(
  service: WireService,
  operation: WireOperation,
  message: HttpMessage,
  path: string,
  bucket: string,
): boolean {
  const http = operation.http;
  if (!http || http.method !== message.method || !http.path.test(path)) return false;
  const literals = http.literals.every(([key, value]) => literalMatches(key, value, message));
  return literals && (service.name !== 's3' || s3Matches(operation, message, bucket));
}

/** Only the JavaScript SDK sends `x-id`; without it other clients must find the same operation. */
function literalMatches(key: string, value: string, message: HttpMessage): boolean {
  const sent = message.query.get(key);
  return sent === null ? key === 'x-id' : value === '' || sent === value;
}

function s3Matches(operation: WireOperation, message: HttpMessage, bucket: string): boolean {
  const members = new Set([...operation.input.structIterator()].map(([name]) => name));
  if (members.has('Bucket') === (bucket === '')) return false;
  // One method and path serve the upload and the copy; the source header tells them apart.
  if (members.has('CopySource') !== (message.headers['x-amz-copy-source'] !== undefined)) return false;
  return [...operation.input.structIterator()].every(
    ([name, member]) => !NEEDED.has(name) || sent(member.getMergedTraits().httpQuery, message),
  );
}

/** Query parameters without which an operation is another one: the parts of an upload, configurations that have an id, annotations. */
const NEEDED = new Set(['UploadId', 'Id', 'AnnotationName']);

function sent(parameter: unknown, message: HttpMessage): boolean {
  return typeof parameter !== 'string' || message.query.has(parameter);
}
