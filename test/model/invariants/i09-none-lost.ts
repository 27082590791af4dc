import { sha256 } from '../../../src/domain/json.ts';
import type { Invariant } from './invariant.ts';

export default {
  id: 'I9',
  promise: 'every finding that was delivered is stored, in quarantine, or still in the queue',
  check(record) {
    const stored = record.entries.filter(({ entity, was }) => entity === 'delivery' && was === null);
    const ids = new Set(stored.map(({ detail }) => detail['transportId']));
    const bodies = new Set(stored.map(({ detail }) => detail['bodyHash']));
    return record.bodies
      .filter(({ deleted, messageId }) => deleted && !ids.has(messageId))
      .filter(({ body }) => !bodies.has(sha256(body)))
      .map(({ messageId }) => `${messageId} was deleted from the queue and is stored nowhere`);
  },
} satisfies Invariant as Invariant;
