import { CordonError, messageOf } from '../domain/errors.ts';
import type { Log } from '../ports.ts';

const FIRST_REST_MS = 1_000;
const LONGEST_REST_MS = 30_000;

/** Slack's codes for a token that will not do, however often it is shown; anything else is an outage. */
const REFUSED_TOKEN = new Set([
  'account_inactive',
  'invalid_auth',
  'missing_scope',
  'no_permission',
  'not_allowed_token_type',
  'not_authed',
  'team_disabled',
  'token_expired',
  'token_revoked',
  'user_removed_from_team',
]);

export interface ConnectParts {
  readonly log: Log;
  readonly pause: (milliseconds: number) => Promise<void>;
  /** Aborted when the process ends: then no further attempt is made. */
  readonly signal: AbortSignal;
}

/**
 * Repeats `attempt` until it succeeds, ever more slowly: a Slack that is down is no reason to end a process whose other work can go on.
 * Told once, and once more when it succeeds. Throws CordonError `slack_token_refused` when Slack refuses a token.
 */
export async function connectWhenPossible(attempt: () => Promise<void>, parts: ConnectParts): Promise<void> {
  for (let failures = 0; !parts.signal.aborted; failures += 1) {
    try {
      await attempt();
      if (failures > 0) parts.log.info({ failures }, 'Slack is reached');
      return;
    } catch (error) {
      const code = slackCodeOf(error);
      if (code !== undefined && REFUSED_TOKEN.has(code))
        throw new CordonError('slack_token_refused', `Slack refuses a token (${code}).`, {
          hint: 'Look at SLACK_BOT_TOKEN and SLACK_APP_TOKEN, and at whether the app is still installed with the scopes of slack-manifest.yaml.',
          cause: error,
        });
      if (failures === 0) parts.log.warn({ err: messageOf(error) }, 'Slack cannot be reached; it is tried again');
      await parts.pause(Math.min(LONGEST_REST_MS, FIRST_REST_MS * 2 ** failures));
    }
  }
}

/** The `error` of Slack's answer; undefined when there was no answer. */
function slackCodeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('data' in error)) return undefined;
  const { data } = error;
  if (typeof data !== 'object' || data === null || !('error' in data)) return undefined;
  return typeof data.error === 'string' ? data.error : undefined;
}
