import type { UsersInfoResponse } from '@slack/web-api';
import type { Directory, SettingsSource } from '../ports.ts';
import { SlackCallError, toCallError } from './calls.ts';
import { slackUsergroups, type UsergroupsList } from './usergroups.ts';

type Answer = Awaited<ReturnType<Directory['lookUp']>>;

/** Asks users.info and usergroups.list; the part of the WebClient that is needed. */
interface AsksSlack extends UsergroupsList {
  readonly users: { info(input: { user: string }): Promise<UsersInfoResponse> };
}

export interface DirectoryOptions {
  readonly client: AsksSlack;
  readonly settings: SettingsSource;
  /** How long an answer holds. A few seconds: enough that a flurry of clicks costs one call, short enough that a dismissal works at once. */
  readonly freshMilliseconds?: number;
  readonly now?: () => number;
}

const FRESH_MILLISECONDS = 5_000;
/** How long a name is shown that may have changed. */
const NAME_MILLISECONDS = 10 * 60_000;
/** Names asked for at once; the rest is shown by id. */
const NAMES_AT_ONCE = 20;
/** Answers kept at most; people who may act are few. */
const KEPT = 500;

/** People and user groups as Slack knows them now. A failed look-up throws and is not remembered; the caller denies. */
export function slackDirectory(options: DirectoryOptions): Directory {
  const fresh = options.freshMilliseconds ?? FRESH_MILLISECONDS;
  const now = options.now ?? (() => performance.now());
  const known = new Map<string, { readonly until: number; readonly answer: Promise<Answer> }>();
  const names = new Map<string, { readonly until: number; readonly name: string }>();
  const lookUp = async (personId: string): Promise<Answer> => {
    const remembered = known.get(personId);
    if (remembered !== undefined && remembered.until > now()) return remembered.answer;
    if (known.size >= KEPT) known.clear();
    const answer = ask(options, personId);
    known.set(personId, { until: now() + fresh, answer });
    answer.catch(() => known.delete(personId));
    return answer;
  };
  const nameOf = async (personId: string): Promise<string | undefined> => {
    const remembered = names.get(personId);
    if (remembered !== undefined && remembered.until > now()) return remembered.name;
    // Without an answer the last name known is better than none.
    const answer = await lookUp(personId).catch(() => undefined);
    if (answer?.ok !== true) return remembered?.name;
    if (names.size >= KEPT) names.clear();
    names.set(personId, { until: now() + NAME_MILLISECONDS, name: answer.name });
    return answer.name;
  };
  return {
    lookUp,
    usergroups: slackUsergroups(options.client, now),
    async names(personIds) {
      const wanted = [...new Set(personIds)].filter((id) => /^[UW][A-Z0-9]{2,20}$/.test(id)).slice(0, NAMES_AT_ONCE);
      const found = await Promise.all(wanted.map(async (id) => [id, await nameOf(id)] as const));
      return new Map(found.flatMap(([id, name]) => (name === undefined ? [] : [[id, name]])));
    },
  };
}

async function ask({ client, settings }: DirectoryOptions, personId: string): Promise<Answer> {
  const { slack } = await settings.current();
  const user = await infoOf(client, personId);
  if (user === undefined) return { ok: false, why: 'unknown' };
  if (user.deleted === true) return { ok: false, why: 'deactivated' };
  if (user.is_bot === true || personId === 'USLACKBOT') return { ok: false, why: 'bot' };
  if (user.team_id !== slack.team || user.is_stranger === true) return { ok: false, why: 'other-organisation' };
  if (user.is_restricted === true || user.is_ultra_restricted === true) return { ok: false, why: 'guest' };
  return { ok: true, id: personId, name: user.profile?.real_name || user.real_name || user.name || personId };
}

async function infoOf(client: AsksSlack, personId: string): Promise<UsersInfoResponse['user']> {
  try {
    const { user } = await client.users.info({ user: personId });
    if (user === undefined || user.id !== personId) throw new SlackCallError('ambiguous', 'answer_without_user');
    return user;
  } catch (error) {
    const failure = toCallError(error);
    if (failure.slackCode === 'user_not_found' || failure.slackCode === 'user_not_visible') return undefined;
    throw failure;
  }
}
