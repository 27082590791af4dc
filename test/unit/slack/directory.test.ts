import type { UsersInfoResponse } from '@slack/web-api';
import { describe, expect, test } from 'vitest';
import { slackDirectory } from '../../../src/slack/directory.ts';
import { refused } from './support/calls.ts';
import { SETTINGS } from './support/fixtures.ts';

type User = NonNullable<UsersInfoResponse['user']>;
const member: User = { id: 'U0RINA00001', team_id: 'T0ACMESBX', name: 'rina', real_name: 'Rina Okafor' };

function directory(answer: (id: string) => Promise<UsersInfoResponse>, clock = { now: 0 }) {
  let asked = 0;
  const client = {
    usergroups: { list: async () => Promise.reject(refused('not_in_this_test')) },
    users: {
      info: async ({ user }: { user: string }) => {
        asked += 1;
        return answer(user);
      },
    },
  };
  const people = slackDirectory({
    client,
    settings: { current: async () => SETTINGS },
    freshMilliseconds: 5_000,
    now: () => clock.now,
  });
  return { people, asked: () => asked, clock };
}

const is = (over: Partial<User>) => directory(async () => ({ ok: true, user: { ...member, ...over } }));

describe('slackDirectory', () => {
  test('a full member is known by name', async () => {
    expect(await is({}).people.lookUp('U0RINA00001')).toEqual({ ok: true, id: 'U0RINA00001', name: 'Rina Okafor' });
  });

  const others: readonly [Partial<User>, string][] = [
    [{ deleted: true }, 'deactivated'],
    [{ is_bot: true }, 'bot'],
    [{ is_restricted: true }, 'guest'],
    [{ is_ultra_restricted: true }, 'guest'],
    [{ team_id: 'T0OTHER0001' }, 'other-organisation'],
  ];
  test.each(others)('%j is not', async (over, why) => {
    expect(await is(over).people.lookUp('U0RINA00001')).toEqual({ ok: false, why });
  });

  test('somebody Slack does not know', async () => {
    const { people } = directory(async () => Promise.reject(refused('user_not_found')));
    expect(await people.lookUp('U0NOBODY001')).toEqual({ ok: false, why: 'unknown' });
  });

  test('a failed look-up throws and is not remembered', async () => {
    let fail = true;
    const { people } = directory(async () =>
      fail ? Promise.reject(refused('internal_error')) : { ok: true, user: member },
    );
    await expect(people.lookUp('U0RINA00001')).rejects.toThrow('internal_error');
    fail = false;
    expect(await people.lookUp('U0RINA00001')).toMatchObject({ ok: true });
  });

  test('an answer about somebody else is no answer', async () => {
    const { people } = directory(async () => ({ ok: true, user: { ...member, id: 'U0OTHER0001' } }));
    await expect(people.lookUp('U0RINA00001')).rejects.toThrow();
  });

  test('names hold for minutes, outlive a failed call, and never throw', async () => {
    let fail = false;
    const { people, asked, clock } = directory(async (id) =>
      fail ? Promise.reject(refused('internal_error')) : { ok: true, user: { ...member, id } },
    );
    const both = ['U0RINA00001', 'U0RINA00001', 'rina', 'U0RINA00002'];
    expect([...(await people.names(both))]).toEqual([
      ['U0RINA00001', 'Rina Okafor'],
      ['U0RINA00002', 'Rina Okafor'],
    ]);
    expect(asked()).toBe(2);
    fail = true;
    clock.now = 599_000;
    await people.names(both);
    expect(asked()).toBe(2);
    clock.now = 700_000;
    expect((await people.names(both)).size).toBe(2);
    expect((await people.names(['U0RINA00003'])).size).toBe(0);
  });

  test('a flurry of clicks costs one call, and a dismissal works seconds later', async () => {
    let user: User = member;
    const { people, asked, clock } = directory(async () => ({ ok: true, user }));
    await Promise.all(Array.from({ length: 200 }, () => people.lookUp('U0RINA00001')));
    expect(asked()).toBe(1);
    user = { ...member, deleted: true };
    clock.now = 5_001;
    expect(await people.lookUp('U0RINA00001')).toEqual({ ok: false, why: 'deactivated' });
  });
});
