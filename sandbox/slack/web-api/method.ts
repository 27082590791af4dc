import { z } from 'zod';
import { ApiError } from '../api-error.ts';
import type { JsonObject } from '../json.ts';
import { parseJson } from '../json.ts';
import type { Sim } from '../sim.ts';
import { type Conversation, directMessage, findConversation, findMember, type Member } from '../workspace.ts';

/** One Web API method: what it needs and what it does. `run` returns the fields that go beside `ok: true`. */
export interface ApiMethod {
  readonly token: 'bot' | 'app' | 'none';
  /** The bot scope it needs; undefined for none. */
  readonly scope: string | undefined;
  readonly run: (sim: Sim, args: JsonObject) => JsonObject;
}

/** Binds a method to the shape of its arguments; what does not fit is `invalid_arguments`, as in Slack. */
export function method<T>(
  needs: { readonly scope?: string; readonly token?: ApiMethod['token'] },
  shape: z.ZodType<T>,
  run: (sim: Sim, args: T) => JsonObject,
): ApiMethod {
  function checked(sim: Sim, args: JsonObject): JsonObject {
    const parsed = shape.safeParse(args);
    if (parsed.success) return run(sim, parsed.data);
    const messages = parsed.error.issues.map(
      (issue) => `[ERROR] ${issue.message} [json-pointer:/${issue.path.join('/')}]`,
    );
    throw new ApiError('invalid_arguments', messages.join('; '), { response_metadata: { messages } });
  }
  return { token: needs.token ?? 'bot', scope: needs.scope, run: checked };
}

/** A structured argument: JSON as such, or JSON in a form field's text. */
export const structured = z.unknown().transform((value) => (typeof value === 'string' ? parseJson(value) : value));

/** A yes or no: JSON as such, or the words a form carries. */
export const flag = z.union([
  z.boolean(),
  z.enum(['true', 'false', '1', '0']).transform((word) => word === 'true' || word === '1'),
]);

/**
 * The channel an app names by id (or, as Slack allows for posting, by name or by a person's id for their direct message).
 * @throws ApiError channel_not_found, not_in_channel.
 */
export function channelFor(sim: Sim, id: string): Conversation {
  const person = sim.workspace.members.get(id);
  if (person && person.role !== 'app') return directMessage(sim.workspace, person);
  const conversation = findConversation(sim.workspace, id);
  if (!conversation) throw new ApiError('channel_not_found', `no channel ${id}`);
  return conversation;
}

/**
 * The member with this id.
 * @throws ApiError user_not_found.
 */
export function memberFor(sim: Sim, id: string): Member {
  const member = findMember(sim.workspace, id);
  if (!member || member.id !== id) throw new ApiError('user_not_found', `no user ${id}`);
  return member;
}
