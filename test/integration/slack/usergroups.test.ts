import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningSlack, startSlack } from '../../../sandbox/slack/start.ts';
import { SLACK_TOKENS } from '../../../sandbox/world.ts';
import { slackClient } from '../../../src/slack/calls.ts';
import { slackDirectory } from '../../../src/slack/directory.ts';
import { SETTINGS } from '../../unit/slack/support/fixtures.ts';

const GROUP = 'S0PLATFORM1';
let slack: RunningSlack;

beforeAll(async () => {
  slack = await startSlack();
});
afterAll(() => slack.close());

async function control(path: string, body: object): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  await fetch(`${slack.control}/${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
}

/** The real client against the simulated Slack. */
function directory() {
  const client = slackClient({ token: SLACK_TOKENS.bot, apiUrl: slack.api, timeoutMilliseconds: 1_500 });
  return slackDirectory({ client, settings: { current: async () => SETTINGS } });
}

describe('user groups through the real client', () => {
  test('members change between two decisions; disabling the group takes effect at once', async () => {
    const people = directory();
    await control('usergroups', { id: GROUP, users: ['U0ALICE0001'] });
    expect((await people.usergroups('now')).get(GROUP)).toEqual(['U0ALICE0001']);
    await control('usergroups', { id: GROUP, users: ['U0BO0000001'] });
    expect((await people.usergroups('now')).get(GROUP)).toEqual(['U0BO0000001']);
    await control('usergroups', { id: GROUP, disabled: true });
    expect((await people.usergroups('now')).has(GROUP)).toBe(false);
  });

  test.each(['429', '5xx', 'timeout', 'error'])('a call that ends in %s is no answer', async (kind) => {
    await control('faults', { method: 'usergroups.list', kind, times: 1 });
    await expect(directory().usergroups('now')).rejects.toMatchObject({ code: 'usergroups_unknown' });
  });

  test('without the scope it says which one is missing', async () => {
    await control('scopes', { scopes: ['users:read'] });
    await expect(directory().usergroups('now')).rejects.toMatchObject({
      hint: expect.stringContaining('usergroups:read'),
    });
  });
});
