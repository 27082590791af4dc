import type { UsergroupsListResponse } from '@slack/web-api';
import { describe, expect, test } from 'vitest';
import { checkUsergroups, slackUsergroups } from '../../../src/slack/usergroups.ts';
import { refused } from './support/calls.ts';

const PLATFORM = { id: 'S0PLATFORM1', date_delete: 0, users: ['U0ALICE0001', 'U0BO0000001'] };

/** Slack whose answers are given by hand, and a clock that stands. */
function bench(first: UsergroupsListResponse['usergroups'] = [PLATFORM]) {
  const held: (() => void)[] = [];
  const groups: { usergroups: UsergroupsListResponse['usergroups'] | undefined } = { usergroups: first };
  const state = Object.assign(groups, { asked: 0, now: 0, failing: false, held, hold: false });
  const client = {
    usergroups: {
      async list(): Promise<UsergroupsListResponse> {
        state.asked += 1;
        // What Slack answers is what it knows when the call arrives.
        const answer = state.usergroups;
        if (state.hold) await new Promise<void>((go) => state.held.push(go));
        if (state.failing) throw refused('ratelimited');
        return answer === undefined ? { ok: true } : { ok: true, usergroups: answer };
      },
    },
  };
  const usergroups = slackUsergroups(client, () => state.now);
  return { state, client, usergroups };
}

const membersOf = async (answer: Promise<ReadonlyMap<string, readonly string[]>>) => (await answer).get('S0PLATFORM1');

describe('who is in the user groups', () => {
  test('a decision asks Slack each time; a card may show an answer of the last minute', async () => {
    const { state, usergroups } = bench();
    await usergroups('now');
    await usergroups('now');
    expect(state.asked).toBe(2);
    state.now = 60_000;
    await usergroups('recent');
    expect(state.asked).toBe(2);
    state.now = 60_001;
    await usergroups('recent');
    expect(state.asked).toBe(3);
  });

  test('a question that comes while a call is under way is answered by a later call, shared by all who wait', async () => {
    const { state, usergroups } = bench();
    state.hold = true;
    const first = usergroups('now');
    state.usergroups = [{ ...PLATFORM, users: ['U0ALICE0001'] }];
    const later = Array.from({ length: 200 }, () => usergroups('now'));
    state.hold = false;
    for (const go of state.held) go();
    expect(await membersOf(first)).toEqual(['U0ALICE0001', 'U0BO0000001']);
    for (const one of later) expect(await membersOf(one)).toEqual(['U0ALICE0001']);
    expect(state.asked).toBe(2);
  });

  test('a failed call throws, for those who wait too, and is not remembered', async () => {
    const { state, usergroups } = bench();
    state.failing = true;
    const both = await Promise.allSettled([usergroups('now'), usergroups('now')]);
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await expect(usergroups('recent')).rejects.toMatchObject({ code: 'usergroups_unknown' });
    state.failing = false;
    expect(await membersOf(usergroups('recent'))).toHaveLength(2);
  });

  test.each([
    ['disabled', [{ ...PLATFORM, date_delete: 1_763_100_000 }]],
    ['without its members', [{ id: PLATFORM.id, date_delete: 0 }]],
    ['gone', []],
  ])('a group that is %s is not in the answer', async (_, groups) => {
    expect(await membersOf(bench(groups).usergroups('now'))).toBeUndefined();
  });

  test('an answer without groups is no answer, and an id that is none is left out', async () => {
    const { state, usergroups } = bench();
    state.usergroups = undefined;
    await expect(usergroups('now')).rejects.toMatchObject({ code: 'usergroups_unknown' });
    state.usergroups = [{ ...PLATFORM, users: ['U0ALICE0001', '<!channel>', 'group:platform', ''] }];
    expect(await membersOf(usergroups('now'))).toEqual(['U0ALICE0001']);
  });
});

describe('for doctor', () => {
  const wanted = [{ name: 'platform', id: 'S0PLATFORM1' }];

  test('says how many are in it and who may edit it', async () => {
    expect(await checkUsergroups(bench().client, wanted)).toContain('2 members, editable in Slack');
    const locked = bench([{ ...PLATFORM, is_membership_locked: true }]);
    expect(await checkUsergroups(locked.client, wanted)).toContain('locked in Slack');
  });

  test('a group that is not there is to mend, and so is a missing scope', async () => {
    await expect(checkUsergroups(bench([]).client, wanted)).rejects.toMatchObject({ code: 'usergroup_gone' });
    const client = { usergroups: { list: async () => Promise.reject(refused('missing_scope')) } };
    await expect(checkUsergroups(client, wanted)).rejects.toMatchObject({
      hint: expect.stringContaining('usergroups:read'),
    });
  });
});
