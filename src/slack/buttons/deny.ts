import { loadApproval } from '../load.ts';
import { whyNotDecide } from '../may-decide.ts';
import { denyModal } from '../modals/deny.ts';
import { type Button, readValue } from './contract.ts';
import { gone } from './gone.ts';

/** Asks for the reason of a denial. */
export default {
  actionId: 'cordon.deny',
  async press(visitor, press) {
    const { id } = readValue(press);
    const { deps } = visitor;
    const view = await loadApproval(deps, id, 0);
    if (view === undefined) return visitor.refuse(gone('such request'));
    const no = whyNotDecide(view, visitor.person.id, await deps.store.read.now());
    if (no !== undefined)
      return no.audited ? visitor.turnAway(no.refusal, `approval:${id}`) : visitor.refuse(no.refusal);
    await visitor.open(denyModal(view));
  },
} satisfies Button as Button;
