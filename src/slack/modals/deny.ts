import type { ModalView } from '@slack/types';
import { z } from 'zod';
import type { ApprovalView } from '../cards/approval.ts';
import { section, shortHash } from '../cards/parts.ts';
import { clean, mrkdwn } from '../escape.ts';
import type { SubmittableModal } from './contract.ts';
import { modal, readIds, reasonErrors, reasonInput, refusedModal, sayingModal } from './frame.ts';

const CALLBACK = 'cordon.deny';
const TITLE = 'Deny with reason';
const Ids = z.object({ approvalId: z.string(), planHash: z.string() });

/** One denial ends a request; the reason goes to the one who asked. */
export function denyModal({ approval, plan }: Pick<ApprovalView, 'approval' | 'plan'>): ModalView {
  const ids = { kind: 'deny', id: approval.id, rev: 0 };
  const what = mrkdwn`Deny ${approval.id}: ${clean(plan.summary, 300)} (plan ${shortHash(approval.planHash)}). Nothing will be run.`;
  return modal({
    callbackId: CALLBACK,
    title: TITLE,
    blocks: [section(ids, 'what', what), reasonInput('Why not?', 'The person who asked reads it.')],
    submit: 'Deny',
    ids: { approvalId: approval.id, planHash: approval.planHash },
  });
}

export default {
  callbackId: CALLBACK,
  title: TITLE,
  check: (submission) => reasonErrors(submission.values),
  async submit(visitor, submission) {
    const ids = readIds(Ids, submission.metadata);
    const outcome = await visitor.deps.api.vote(visitor.actor, {
      ...ids,
      decision: 'deny',
      reason: submission.values['reason'] ?? '',
    });
    if (!outcome.ok) return { kind: 'show', view: refusedModal('Not counted', outcome.refusal, visitor.reference) };
    return { kind: 'show', view: sayingModal(TITLE, mrkdwn`${ids.approvalId} is denied. Nothing was run.`) };
  },
} satisfies SubmittableModal as SubmittableModal;
