import { loadApproval } from '../load.ts';
import { whyNotDecide } from '../may-decide.ts';
import { reviewModal, reviewSkeleton } from '../modals/review.ts';
import { type Button, readValue } from './contract.ts';
import { gone } from './gone.ts';

/** Shows the whole plan to somebody who may decide on it. */
export default {
  actionId: 'cordon.review',
  async press(visitor, press) {
    const { id } = readValue(press);
    const { deps } = visitor;
    const view = await loadApproval(deps, id, 0);
    if (view === undefined) return visitor.refuse(gone('such request'));
    const no = whyNotDecide(view, visitor.person.id, await deps.store.read.now());
    if (no !== undefined)
      return no.audited ? visitor.turnAway(no.refusal, `approval:${id}`) : visitor.refuse(no.refusal);
    const open = await visitor.open(reviewSkeleton());
    await visitor.show(open, reviewModal(view));
  },
} satisfies Button as Button;
