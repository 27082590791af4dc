import { AwsError } from '../errors.ts';
import { readTimestamp, timestampFormat, writeTimestamp } from './scalars.ts';
import { isTree, type Shape, type Tree } from './schemas.ts';

/** `true` for restJson, where a member may have another name on the wire (`jsonName`); awsJson ignores that trait. */
export interface JsonSettings {
  readonly jsonNames: boolean;
}

function nameOnWire(name: string, member: Shape, settings: JsonSettings): string {
  const { jsonName } = member.getMergedTraits();
  return settings.jsonNames && typeof jsonName === 'string' ? jsonName : name;
}

/** Reads a JSON value by a shape. Throws SerializationException when the value has another type than the shape. */
export function readJson(shape: Shape, value: unknown, settings: JsonSettings): unknown {
  if (value === null || value === undefined) return undefined;
  if (shape.isDocumentSchema()) return value;
  if (shape.isStructSchema()) return readStruct(shape, value, settings);
  if (shape.isListSchema()) return readList(shape, value, settings);
  if (shape.isMapSchema()) return readMap(shape, value, settings);
  return readJsonScalar(shape, value);
}

function readStruct(shape: Shape, value: unknown, settings: JsonSettings): Tree {
  if (!isTree(value)) throw mismatch(shape, value);
  const read: Tree = {};
  for (const [name, member] of shape.structIterator()) {
    const item = readJson(member, value[nameOnWire(name, member, settings)], settings);
    if (item !== undefined) read[name] = item;
  }
  return read;
}

function readList(shape: Shape, value: unknown, settings: JsonSettings): unknown[] {
  if (!Array.isArray(value)) throw mismatch(shape, value);
  return value.map((item) => readJson(shape.getValueSchema(), item, settings));
}

function readMap(shape: Shape, value: unknown, settings: JsonSettings): Tree {
  if (!isTree(value)) throw mismatch(shape, value);
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, readJson(shape.getValueSchema(), item, settings)]),
  );
}

function readJsonScalar(shape: Shape, value: unknown): unknown {
  if (shape.isTimestampSchema() && (typeof value === 'number' || typeof value === 'string'))
    return readTimestamp(String(value));
  if (shape.isBlobSchema() && typeof value === 'string') return new Uint8Array(Buffer.from(value, 'base64'));
  if (shape.isBooleanSchema() && typeof value === 'boolean') return value;
  if (shape.isNumericSchema() && typeof value === 'number') return value;
  // Smithy lets a float be one of three words.
  if (shape.isNumericSchema() && (value === 'NaN' || value === 'Infinity' || value === '-Infinity'))
    return Number(value);
  if (shape.isStringSchema() && typeof value === 'string') return value;
  throw mismatch(shape, value);
}

function mismatch(shape: Shape, value: unknown): AwsError {
  return new AwsError(
    'SerializationException',
    `${shape.getName() ?? 'value'} cannot be read from a ${Array.isArray(value) ? 'list' : typeof value}`,
  );
}

/** Turns an answer into plain JSON by its shape. Throws when it holds a member that the shape does not know: a handler's mistake must not pass silently. */
export function writeJson(shape: Shape, value: unknown, settings: JsonSettings): unknown {
  if (value === null || value === undefined) return undefined;
  if (shape.isDocumentSchema()) return value;
  if (shape.isStructSchema()) return writeStruct(shape, value, settings);
  if (shape.isListSchema() && Array.isArray(value))
    return value.map((item) => writeJson(shape.getValueSchema(), item, settings));
  if (shape.isMapSchema() && isTree(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, writeJson(shape.getValueSchema(), item, settings)]),
    );
  }
  if (value instanceof Date) {
    const text = writeTimestamp(value, timestampFormat(shape, 'epoch-seconds'));
    return /^[\d.]+$/.test(text) ? Number(text) : text;
  }
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  return value;
}

function writeStruct(shape: Shape, value: unknown, settings: JsonSettings): Tree {
  const rest = new Set(Object.keys(asTree(shape, value)));
  const written: Tree = {};
  for (const [name, member] of shape.structIterator()) {
    rest.delete(name);
    const item = writeJson(member, asTree(shape, value)[name], settings);
    if (item !== undefined) written[nameOnWire(name, member, settings)] = item;
  }
  refuseUnknown(shape, rest);
  return written;
}

function asTree(shape: Shape, value: unknown): Tree {
  if (!isTree(value)) throw new TypeError(`${shape.getName(true)} must be an object`);
  return value;
}

/** Throws a TypeError naming members of an answer that its shape does not have. */
export function refuseUnknown(shape: Shape, names: ReadonlySet<string>): void {
  if (names.size > 0) throw new TypeError(`${shape.getName(true)} has no member ${[...names].join(', ')}`);
}
