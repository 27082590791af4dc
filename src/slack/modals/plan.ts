import type { ModalView } from '@slack/types';
import { z } from 'zod';
import type { Account } from '../../domain/account.ts';
import type { Run } from '../../domain/run.ts';
import { context, section } from '../cards/parts.ts';
import { clean, longer, type Mrkdwn, mrkdwn } from '../escape.ts';
import type { SubmittableModal } from './contract.ts';
import { modal, readIds, reasonErrors, reasonInput, refusedModal, sayingModal } from './frame.ts';
import { planPage } from './plan-page.ts';

const CALLBACK = 'cordon.plan';
const Ids = z.object({ runId: z.string(), planHash: z.string() });

export interface PlanView {
  readonly run: Run;
  readonly account: Account | undefined;
  readonly sample: boolean;
}

/** Opened at once, before anything is known: the live state is read afterwards and only read. */
export function planSkeleton(kind: 'forward' | 'rollback', what: string): ModalView {
  return sayingModal(
    titleOf(kind),
    mrkdwn`Reading the live state for “${clean(what, 160)}”. Nothing is changed by this. The plan appears here in a moment.`,
  );
}

/** The plan as it stands, or why there is none; undefined while it is still being made. */
export function planModal(view: PlanView): ModalView | undefined {
  const { run } = view;
  if (run.state === 'planning') return undefined;
  const title = titleOf(run.request.kind);
  if (run.plan === null || run.planHash === null) {
    return sayingModal(
      title,
      mrkdwn`There is no plan, and nothing was run. ${longer(run.stateReason ?? 'No reason is on record.', 1_000)}`,
    );
  }
  const page = planPage(run.plan, run.planHash, view.account);
  if (page === undefined) {
    return sayingModal(
      title,
      mrkdwn`This plan is too large to be shown whole in Slack, and nobody should approve a part of it. It can be read with \`show ${run.incidentId}\` on the command line of Cordon’s host. Nothing was run.`,
    );
  }
  const ids = { kind: 'ask', id: run.id, rev: 0 };
  const obstacle = whyNotAsked(view);
  if (obstacle !== undefined)
    return modal({ callbackId: CALLBACK, title, blocks: [...page, section(ids, 'why', obstacle)] });
  return modal({
    callbackId: CALLBACK,
    title,
    blocks: [
      ...page,
      reasonInput(
        'Why should this be done?',
        'The people who approve read it; it is kept with the request, and its hash in the audit chain.',
      ),
      context(ids, 'note', [mrkdwn`Asking runs nothing. What is approved is this plan and no other.`]),
    ],
    submit: 'Ask for approval',
    ids: { runId: run.id, planHash: run.planHash },
  });
}

function titleOf(kind: 'forward' | 'rollback'): string {
  return kind === 'rollback' ? 'Roll back' : 'Run step';
}

function whyNotAsked({ run, account, sample }: PlanView): Mrkdwn | undefined {
  if (run.state !== 'planned') return mrkdwn`This plan is ${run.state} now. Run the step again for a new one.`;
  if (sample) return mrkdwn`This is a sample finding: the plan is shown, approval is not offered.`;
  if (account === undefined)
    return mrkdwn`This account is not in cordon.yaml: the plan is shown, approval is not offered.`;
  if (!account.act)
    return mrkdwn`${account.alias} is observe-only (act: false in cordon.yaml): the plan is shown, approval is not offered. To act there, deploy the act role and set act: true.`;
  return undefined;
}

/** "Ask for approval" of the plan that was read. */
export default {
  callbackId: CALLBACK,
  title: 'Ask for approval',
  check: (submission) => reasonErrors(submission.values),
  async submit(visitor, submission) {
    const { runId, planHash } = readIds(Ids, submission.metadata);
    const outcome = await visitor.deps.api.requestApproval(visitor.actor, {
      runId,
      planHash,
      reason: submission.values['reason'] ?? '',
    });
    if (!outcome.ok) return { kind: 'show', view: refusedModal('Not asked', outcome.refusal, visitor.reference) };
    return {
      kind: 'show',
      view: sayingModal(
        'Asked for approval',
        mrkdwn`Asked for approval as ${outcome.value.id}. The request is in the incident's thread; you get a message when it is decided.`,
      ),
    };
  },
} satisfies SubmittableModal as SubmittableModal;
