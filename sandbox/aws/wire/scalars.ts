import { AwsError } from '../errors.ts';
import type { Shape } from './schemas.ts';

/** How a timestamp is written: Smithy's `date-time`, `http-date` or `epoch-seconds`. */
export type TimestampFormat = 'date-time' | 'http-date' | 'epoch-seconds';

// The SDK's schema numbers for a timestamp with a format of its own; 4 is "the protocol's default".
const FORMAT_BY_SCHEMA = new Map<unknown, TimestampFormat>([
  [5, 'date-time'],
  [6, 'http-date'],
  [7, 'epoch-seconds'],
]);

/** The format of a timestamp shape, or the default of the place it stands in. */
export function timestampFormat(shape: Shape, fallback: TimestampFormat): TimestampFormat {
  return FORMAT_BY_SCHEMA.get(shape.getSchema()) ?? fallback;
}

/** Writes a Date; milliseconds are left out when they are zero, as AWS does. */
export function writeTimestamp(value: Date, format: TimestampFormat): string {
  switch (format) {
    case 'date-time':
      return value.toISOString().replace('.000Z', 'Z');
    case 'http-date':
      return value.toUTCString();
    case 'epoch-seconds':
      return String(value.getTime() / 1000);
  }
}

/** Reads a timestamp in any of the three formats; clients mix them. Throws SerializationException on anything else. */
export function readTimestamp(text: string): Date {
  const date = /^-?\d+(\.\d+)?$/.test(text) ? new Date(Number(text) * 1000) : new Date(text);
  if (Number.isNaN(date.getTime())) throw new AwsError('SerializationException', `'${text}' is not a timestamp`);
  return date;
}

/** Reads a scalar from text (form, XML, header, query string). Throws SerializationException when the text does not fit the shape. */
export function readScalar(shape: Shape, text: string): unknown {
  if (shape.isBooleanSchema()) return readBoolean(text);
  if (shape.isNumericSchema()) return readNumber(text);
  if (shape.isBigIntegerSchema()) return BigInt(text);
  if (shape.isTimestampSchema()) return readTimestamp(text);
  if (shape.isBlobSchema()) return new Uint8Array(Buffer.from(text, 'base64'));
  return text;
}

function readBoolean(text: string): boolean {
  if (text === 'true' || text === 'True') return true;
  if (text === 'false' || text === 'False') return false;
  throw new AwsError('SerializationException', `'${text}' is not a boolean`);
}

function readNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || Number.isNaN(value))
    throw new AwsError('SerializationException', `'${text}' is not a number`);
  return value;
}

/** Writes a scalar as text. Throws a TypeError when a handler answered with something that the shape cannot hold. */
export function writeScalar(shape: Shape, value: unknown, fallback: TimestampFormat): string {
  if (value instanceof Date) return writeTimestamp(value, timestampFormat(shape, fallback));
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (
    typeof value === 'string' ||
    typeof value === 'number' ||
    typeof value === 'boolean' ||
    typeof value === 'bigint'
  ) {
    return String(value);
  }
  throw new TypeError(`cannot write ${typeof value} as ${shape.getName(true)}`);
}
