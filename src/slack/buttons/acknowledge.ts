import type { Button } from './contract.ts';
import { readValue } from './contract.ts';

/** "I am on it". The card itself shows the new owner. */
export default {
  actionId: 'cordon.acknowledge',
  async press(visitor, press) {
    const { id, rest } = readValue(press);
    const rev = Number.parseInt(rest, 10);
    const outcome = await visitor.deps.api.acknowledge(visitor.actor, {
      incidentId: id,
      ...(Number.isInteger(rev) ? { rev } : {}),
    });
    if (!outcome.ok) await visitor.refuse(outcome.refusal);
  },
} satisfies Button as Button;
