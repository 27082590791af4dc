import { describe, expect, it } from 'vitest';
import { connectWhenPossible } from '../../../src/slack/connect.ts';
import { type LogLine, recordingLog } from './support/deps.ts';

/** Attempts that fail in turn with what is given, and then succeed. */
function parts(failures: readonly unknown[]) {
  const left = [...failures];
  const lines: LogLine[] = [];
  const rests: number[] = [];
  const over = new AbortController();
  const connect = connectWhenPossible.bind(
    undefined,
    async () => {
      if (left.length > 0) throw left.shift();
    },
    {
      log: recordingLog(lines),
      pause: async (milliseconds) => {
        rests.push(milliseconds);
        if (rests.length === 20) over.abort();
      },
      signal: over.signal,
    },
  );
  return { connect, left, rests, said: () => lines.map((line) => line.message) };
}

const answered = (code: string) => Object.assign(new Error(code), { data: { ok: false, error: code } });

describe('the way to Slack', () => {
  it('is tried again ever more slowly while Slack is down, which is told once', async () => {
    const down = [new Error('ECONNREFUSED'), answered('internal_error'), new Error('HTTP 503')];
    const one = parts([...down, ...down]);
    await one.connect();
    expect(one.rests).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000]);
    expect(one.said()).toEqual(['Slack cannot be reached; it is tried again', 'Slack is reached']);
  });

  it.each(['invalid_auth', 'token_revoked', 'missing_scope', 'account_inactive'])(
    'ends at once when Slack says %s',
    async (code) => {
      const one = parts([new Error('down'), answered(code), new Error('down')]);
      await expect(one.connect()).rejects.toMatchObject({ code: 'slack_token_refused' });
      expect(one.left).toHaveLength(1);
    },
  );

  it('is given up when the process ends', async () => {
    const one = parts(Array.from({ length: 50 }, () => new Error('down')));
    await one.connect();
    expect(one.left).toHaveLength(30);
  });
});
