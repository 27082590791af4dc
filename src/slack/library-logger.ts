import { type Logger, LogLevel } from '@slack/web-api';
import { messageOf } from '../domain/errors.ts';
import type { Log } from '../ports.ts';

/** The Slack libraries' logger on ours, so that nothing goes to the console by itself. Payloads are never logged: debug lines are dropped, objects are left out. */
export function libraryLogger(log: Log, part: 'bolt' | 'web-api'): Logger {
  const text = (pieces: readonly unknown[]) =>
    pieces
      .map((piece) => (piece instanceof Error ? messageOf(piece) : typeof piece === 'string' ? piece : ''))
      .join(' ')
      .slice(0, 500);
  return {
    debug: () => undefined,
    info: (...pieces) => log.debug({ part }, text(pieces)),
    warn: (...pieces) => log.warn({ part }, text(pieces)),
    error: (...pieces) => log.error({ part }, text(pieces)),
    setLevel: () => undefined,
    getLevel: () => LogLevel.WARN,
    setName: () => undefined,
  };
}
