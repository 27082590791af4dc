import type { KnownBlock, ModalView } from '@slack/types';
import { z } from 'zod';
import { type ApprovalView, needs } from '../cards/approval.ts';
import { context, people, section } from '../cards/parts.ts';
import { clean, date, longer, mention, mrkdwn, plain } from '../escape.ts';
import type { SubmittableModal } from './contract.ts';
import { modal, readIds, reasonErrors, reasonInput, refusedModal, sayingModal } from './frame.ts';
import { planPage } from './plan-page.ts';

const CALLBACK = 'cordon.review';
const TITLE = 'Review remediation';
const Ids = z.object({ approvalId: z.string(), planHash: z.string() });

/** Opened at once, before the plan has been read from the store. */
export function reviewSkeleton(): ModalView {
  return sayingModal(TITLE, mrkdwn`Reading the plan. Nothing is decided by opening this.`);
}

/** The whole plan, who must approve by which rule, and the decision. */
export function reviewModal(view: ApprovalView): ModalView {
  const { approval, plan } = view;
  const ids = { kind: 'review', id: approval.id, rev: 0 };
  const page = planPage(plan, approval.planHash, view.account);
  if (page === undefined) {
    return sayingModal(
      TITLE,
      mrkdwn`This plan is too large to be shown whole in Slack, and nobody should approve a part of it. It can be read with \`show ${approval.incidentId}\` on the command line of Cordon’s host. Nothing is run.`,
    );
  }
  const blocks: KnownBlock[] = [
    section(
      ids,
      'who',
      mrkdwn`${mention(approval.requestedBy)} asks for this until ${date(approval.expiresAt)}. Reason: ${longer(approval.reason, 500)}`,
    ),
    ...page,
    context(ids, 'rule', [
      mrkdwn`Needs ${people(approval.requirement.people)}: ${needs(approval.requirement.slots)}`,
      mrkdwn`Because ${clean(approval.requirement.because, 280)}`,
      ...view.votes
        .slice(0, 6)
        .map((vote) => mrkdwn`${mention(vote.personId)} ${vote.decision === 'approve' ? 'approved' : 'denied'}`),
    ]),
    decisionInput(),
    reasonInput('Why?', 'It is kept with the decision, and its hash in the audit chain.'),
  ];
  return modal({
    callbackId: CALLBACK,
    title: TITLE,
    blocks,
    submit: 'Decide',
    ids: { approvalId: approval.id, planHash: approval.planHash },
  });
}

function decisionInput(): KnownBlock {
  return {
    type: 'input',
    block_id: 'decision',
    label: plain('Your decision on this plan'),
    element: {
      type: 'radio_buttons',
      action_id: 'decision',
      options: [
        { text: plain('Approve: run exactly this plan', 75), value: 'approve' },
        { text: plain('Deny: nothing is run', 75), value: 'deny' },
      ],
    },
  };
}

const Decision = z.enum(['approve', 'deny']);

/** The vote, bound to the hash of the plan that was on the screen. */
export default {
  callbackId: CALLBACK,
  title: TITLE,
  check(submission) {
    const decided = Decision.safeParse(submission.values['decision']).success;
    return { ...(decided ? {} : { decision: 'Choose one.' }), ...reasonErrors(submission.values) };
  },
  async submit(visitor, submission) {
    const ids = readIds(Ids, submission.metadata);
    const decision = Decision.parse(submission.values['decision']);
    const outcome = await visitor.deps.api.vote(visitor.actor, {
      ...ids,
      decision,
      reason: submission.values['reason'] ?? '',
    });
    if (!outcome.ok) return { kind: 'show', view: refusedModal('Not counted', outcome.refusal, visitor.reference) };
    return { kind: 'show', view: sayingModal(TITLE, voted(outcome.value.outcome, ids.approvalId)) };
  },
} satisfies SubmittableModal as SubmittableModal;

function voted(outcome: 'counted' | 'granted' | 'denied', approvalId: string) {
  switch (outcome) {
    case 'counted':
      return mrkdwn`Your approval of ${approvalId} is counted. More people must approve before anything runs.`;
    case 'granted':
      return mrkdwn`${approvalId} is approved. The plan runs now, if it still holds; its message in the thread shows how it goes.`;
    case 'denied':
      return mrkdwn`${approvalId} is denied. Nothing was run.`;
  }
}
