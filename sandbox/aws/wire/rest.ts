import { AwsError } from '../errors.ts';
import type { HttpAnswer, HttpMessage } from './http-message.ts';
import { header } from './http-message.ts';
import { readJson, refuseUnknown, writeJson } from './json.ts';
import { readScalar, writeScalar } from './scalars.ts';
import { isTree, type Shape, type Tree, type WireOperation, type WireService } from './schemas.ts';
import { escapeXml, malformedXml, readXml, writeXmlElement } from './xml.ts';
import { parseXml } from './xml-text.ts';

const JSON_NAMES = { jsonNames: true };

/** Where a member of a REST input or output travels. */
type Binding =
  | { readonly at: 'label' | 'payload' | 'body' | 'status' | 'query-map' }
  | { readonly at: 'query' | 'header' | 'header-map'; readonly wire: string };

function bindingOf(member: Shape): Binding {
  const traits = member.getMergedTraits();
  if (traits.httpLabel) return { at: 'label' };
  if (traits.httpPayload) return { at: 'payload' };
  if (traits.httpResponseCode) return { at: 'status' };
  if (traits.httpQueryParams) return { at: 'query-map' };
  if (typeof traits.httpQuery === 'string') return { at: 'query', wire: traits.httpQuery };
  if (typeof traits.httpHeader === 'string') return { at: 'header', wire: traits.httpHeader.toLowerCase() };
  if (typeof traits.httpPrefixHeaders === 'string')
    return { at: 'header-map', wire: traits.httpPrefixHeaders.toLowerCase() };
  return { at: 'body' };
}

/** Reads labels, query, headers and body of a REST request by the operation's input shape. `path` is what the operation's own template matches. */
export function readRest(service: WireService, operation: WireOperation, message: HttpMessage, path: string): Tree {
  if (operation.input.isUnitSchema()) return {};
  const labels = labelsOf(operation, path);
  const body = readBody(service, operation, message);
  const read: Tree = {};
  for (const [name, member] of operation.input.structIterator()) {
    const value = readMember(name, member, message, labels, body);
    if (value !== undefined) read[name] = value;
  }
  return read;
}

function readMember(name: string, member: Shape, message: HttpMessage, labels: Tree, body: Tree): unknown {
  const binding = bindingOf(member);
  switch (binding.at) {
    case 'label': {
      const text = labels[name];
      return typeof text === 'string' ? readScalar(member, text) : undefined;
    }
    case 'query':
      return readQuery(member, message.query.getAll(binding.wire));
    case 'query-map':
      return Object.fromEntries(message.query);
    case 'header':
      return readHeader(member, message, binding.wire);
    case 'header-map':
      return readHeaderMap(message, binding.wire);
    case 'payload':
    case 'body':
      return body[name];
    case 'status':
      return undefined;
  }
}

function labelsOf(operation: WireOperation, path: string): Tree {
  const match = operation.http?.path.exec(path);
  return Object.fromEntries(
    (operation.http?.labels ?? []).map((label, index) => [label, decode(match?.[index + 1] ?? '')]),
  );
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw new AwsError(
      'InvalidURI',
      `Couldn't parse the specified URI: ${cause instanceof Error ? cause.message : ''}`,
    );
  }
}

function readQuery(member: Shape, values: readonly string[]): unknown {
  if (values.length === 0) return undefined;
  return member.isListSchema()
    ? values.map((value) => readScalar(member.getValueSchema(), value))
    : readScalar(member, values[0] ?? '');
}

function readHeader(member: Shape, message: HttpMessage, name: string): unknown {
  if (message.headers[name] === undefined) return undefined;
  const text = header(message, name);
  return member.isListSchema()
    ? text.split(',').map((item) => readScalar(member.getValueSchema(), item.trim()))
    : readScalar(member, text);
}

function readHeaderMap(message: HttpMessage, prefix: string): Tree | undefined {
  const found = Object.keys(message.headers).filter((name) => name.startsWith(prefix));
  return found.length > 0
    ? Object.fromEntries(found.map((name) => [name.slice(prefix.length), header(message, name)]))
    : undefined;
}

/** The members that travel in the body: one `httpPayload` member, or all that are bound nowhere else. */
function readBody(service: WireService, operation: WireOperation, message: HttpMessage): Tree {
  for (const [name, member] of operation.input.structIterator()) {
    if (bindingOf(member).at === 'payload')
      return message.body.length > 0 || member.isStreaming()
        ? { [name]: readPayload(service, member, message.body) }
        : {};
  }
  if (message.body.length === 0) return {};
  const read =
    service.protocol === 'restJson'
      ? readJson(operation.input, parseJson(message.body), JSON_NAMES)
      : readXmlBody(operation.input, message.body);
  return isTree(read) ? read : {};
}

function readPayload(service: WireService, member: Shape, body: Buffer): unknown {
  if (member.isBlobSchema()) return new Uint8Array(body);
  if (member.isStringSchema()) return body.toString('utf8');
  return service.protocol === 'restJson' ? readJson(member, parseJson(body), JSON_NAMES) : readXmlBody(member, body);
}

/** Parses a JSON body. Throws SerializationException when it is none. */
export function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw new AwsError('SerializationException', 'The request body is not valid JSON');
  }
}

function readXmlBody(shape: Shape, body: Buffer): unknown {
  const element = parseXml(body.toString('utf8'));
  if (!element) throw malformedXml();
  return readXml(shape, element);
}

/** Writes a REST answer: status, headers and body by the output shape. Throws when the answer holds a member that the shape does not know. */
export function writeRest(service: WireService, operation: WireOperation, answer: Tree): HttpAnswer {
  let status = operation.http?.status ?? 200;
  const headers: Record<string, string> = {};
  let payload: string | Uint8Array | undefined;
  const body: Tree = {};
  const rest = new Set(Object.keys(answer));
  if (!operation.output.isUnitSchema()) {
    for (const [name, member] of operation.output.structIterator()) {
      rest.delete(name);
      const value = answer[name];
      const binding = bindingOf(member);
      if (value === undefined || value === null) continue;
      if (binding.at === 'header') headers[binding.wire] = writeHeader(member, value);
      else if (binding.at === 'header-map' && isTree(value)) writeHeaderMap(headers, binding.wire, value);
      else if (binding.at === 'status') status = Number(value);
      else if (binding.at === 'payload') payload = writePayload(service, member, value);
      else body[name] = value;
    }
  }
  refuseUnknown(operation.output, rest);
  const content = payload ?? writeBody(service, operation, body);
  return { status, headers: { ...contentType(service, content), ...headers }, body: content };
}

function contentType(service: WireService, content: string | Uint8Array): Record<string, string> {
  if (content.length === 0) return {};
  if (typeof content !== 'string') return { 'content-type': 'binary/octet-stream' };
  return {
    'content-type': service.protocol === 'restJson' || content.startsWith('{') ? 'application/json' : 'application/xml',
  };
}

function writeHeader(member: Shape, value: unknown): string {
  if (!Array.isArray(value)) return writeScalar(member, value, 'http-date');
  return value.map((item) => writeScalar(member.getValueSchema(), item, 'http-date')).join(', ');
}

function writeHeaderMap(headers: Record<string, string>, prefix: string, values: Tree): void {
  for (const [key, value] of Object.entries(values)) headers[`${prefix}${key}`] = String(value);
}

function writePayload(service: WireService, member: Shape, value: unknown): string | Uint8Array {
  if (value instanceof Uint8Array || typeof value === 'string') return value;
  if (service.protocol === 'restJson') return JSON.stringify(writeJson(member, value, JSON_NAMES));
  const { xmlName } = member.getMergedTraits();
  return writeXmlElement(member, value, typeof xmlName === 'string' ? xmlName : (member.getName() ?? 'Result'));
}

function writeBody(service: WireService, operation: WireOperation, body: Tree): string {
  if (operation.output.isUnitSchema()) return '';
  if (service.protocol === 'restJson') return JSON.stringify(writeJson(operation.output, body, JSON_NAMES));
  const hasBody = [...operation.output.structIterator()].some(([, member]) => bindingOf(member).at === 'body');
  if (!hasBody) return '';
  // S3 answers GetBucketLocation with the one element itself, not wrapped in a result.
  if (operation.name === 'GetBucketLocation')
    return `<LocationConstraint xmlns="${service.xmlNamespace}">${escapeXml(String(body['LocationConstraint'] ?? ''))}</LocationConstraint>`;
  const { xmlName } = operation.output.getMergedTraits();
  const name = typeof xmlName === 'string' ? xmlName : `${operation.name}Result`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n${writeXmlElement(operation.output, body, name).replace(`<${name}`, `<${name} xmlns="${service.xmlNamespace}"`)}`;
}
