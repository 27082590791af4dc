import { SLACK_BOT } from '../world.ts';
import { validateMessageBlocks } from './block-kit/validate.ts';
import { type JsonObject, objectsIn, stringIn } from './json.ts';
import { editMessage, postMessage, removeMessage } from './messages.ts';
import type { ResponseTarget } from './response-urls.ts';
import type { Sim } from './sim.ts';

/** Does what a response_url or a command's acknowledgement asks for. Returns Slack's error code, or undefined when it is done. */
export function postResponse(sim: Sim, target: ResponseTarget, body: JsonObject): string | undefined {
  const conversation = sim.workspace.conversations.get(target.channel);
  if (!conversation) return 'channel_not_found';
  const original = target.messageTs === undefined ? undefined : conversation.messages.get(target.messageTs);
  if (body['delete_original'] === true) {
    if (original) removeMessage(sim.workspace, conversation, original);
    return original ? undefined : 'message_not_found';
  }
  const problems = body['blocks'] === undefined ? [] : validateMessageBlocks(body['blocks']);
  if (problems.length > 0) return 'invalid_blocks';
  const blocks = objectsIn(body['blocks']);
  const text = stringIn(body, 'text') ?? '';
  if (text === '' && blocks.length === 0) return 'no_text';
  if (body['replace_original'] === true && original) {
    editMessage(sim.workspace, original, { text, blocks });
    return undefined;
  }
  postMessage(sim.workspace, conversation, {
    author: SLACK_BOT.userId,
    text,
    blocks,
    threadTs: stringIn(body, 'thread_ts'),
    ephemeralTo: body['response_type'] === 'in_channel' ? undefined : target.user,
  });
  return undefined;
}
