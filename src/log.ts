import { pino } from 'pino';
import { withoutSecrets } from './domain/redact.ts';
import type { Log } from './ports.ts';

/** Field names whose values are never written, wherever they stand: a secret that slips into a log call stays out of the log. */
const SECRET_FIELDS = [
  'token',
  'secret',
  'password',
  'authorization',
  'externalId',
  'secretAccessKey',
  'sessionToken',
  'botToken',
  'appToken',
  'signingSecret',
  'body',
];
function cleaned(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return withoutSecrets(value);
  if (value === null || typeof value !== 'object' || depth > 4) return value;
  if (Array.isArray(value)) return value.map((item) => cleaned(item, depth + 1));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, cleaned(item, depth + 1)]));
}

/** The process's log: JSON lines on standard output, one a line, without secrets and without the text of findings. */
export function openLog(level: string): Log {
  const paths = SECRET_FIELDS.flatMap((field) => [field, `*.${field}`]);
  const logger = pino({ level, base: { name: 'cordon' }, redact: { paths, censor: '[redacted]' } });
  const at = (method: 'debug' | 'info' | 'warn' | 'error') => (fields: object, message: string) =>
    logger[method](cleaned(fields) as object, withoutSecrets(message));
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
