import { App, LogLevel } from '@slack/bolt';
import { WebClient, LogLevel as WebLogLevel } from '@slack/web-api';
import { type RunningSlack, type SlackOptions, startSlack } from '../../../sandbox/slack/start.ts';
import { SLACK_TOKENS } from '../../../sandbox/world.ts';

/** A simulated Slack that is closed by `await using`. */
export async function slackForTest(options: SlackOptions = {}): Promise<RunningSlack & AsyncDisposable> {
  const slack = await startSlack(options);
  return { ...slack, [Symbol.asyncDispose]: () => slack.close() };
}

/** The real Web API client, without its own retries. */
export function clientOf(slack: RunningSlack, token: string = SLACK_TOKENS.bot): WebClient {
  return new WebClient(token, {
    slackApiUrl: slack.api,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout: 1_500,
    logLevel: WebLogLevel.ERROR,
  });
}

/** A real Bolt app in Socket Mode, not started yet. */
export function boltApp(slack: RunningSlack): App {
  return new App({
    token: SLACK_TOKENS.bot,
    appToken: SLACK_TOKENS.app,
    socketMode: true,
    logLevel: LogLevel.ERROR,
    clientOptions: { slackApiUrl: slack.api },
  });
}

/** Starts the only app of this Slack; it is stopped by `await using`. */
export async function started(app: App, slack: RunningSlack): Promise<AsyncDisposable> {
  await app.start();
  return {
    // Bolt's stop does not wait for the connection to end.
    [Symbol.asyncDispose]: async () => {
      await app.stop();
      await eventually('the app to be gone', async () =>
        (await control(slack, 'GET', 'health'))['connections'] === 0 ? true : undefined,
      );
    },
  };
}

export type Answer = Record<string, unknown>;

/** Calls the control API. */
export async function control(slack: RunningSlack, method: string, path: string, body?: unknown): Promise<Answer> {
  const init =
    body === undefined
      ? { method }
      : { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  const response = await fetch(`${slack.control}/${path}`, init);
  const answer: unknown = await response.json();
  if (typeof answer !== 'object' || answer === null) throw new Error(`no object from ${path}`);
  return { ...answer };
}

/** The list a control answer holds. */
export function listIn(answer: Answer, key: string): readonly Answer[] {
  const list = answer[key];
  if (!Array.isArray(list)) throw new Error(`no list ${key} in ${JSON.stringify(answer)}`);
  return list;
}

/** Waits until the probe gives a value. */
export async function eventually<T>(
  what: string,
  probe: () => Promise<T | undefined> | T | undefined,
  timeoutMs = 10_000,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const value = await probe();
    if (value !== undefined) return value;
    if (Date.now() > deadline) throw new Error(`not in time: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
