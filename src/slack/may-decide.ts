import type { ApprovalView } from './cards/approval.ts';
import { needs } from './cards/approval.ts';
import { utc } from './escape.ts';
import type { FlowRefusal } from './flow-api.ts';

/**
 * Why this person need not even see the form: an early, friendly answer. The decision itself is checked again, by the flow, when it is submitted.
 * `audited` refusals are about who they are; the others are only late.
 */
export function whyNotDecide(
  view: ApprovalView,
  personId: string,
  now: string,
): { readonly refusal: FlowRefusal; readonly audited: boolean } | undefined {
  const { approval, votes } = view;
  if (approval.state !== 'pending')
    return {
      refusal: { code: 'already_decided', message: decided(view), hint: 'The message shows how it ended.' },
      audited: false,
    };
  if (now >= approval.expiresAt) {
    return {
      refusal: {
        code: 'expired',
        message: `${approval.id} expired at ${utc(approval.expiresAt)}: nothing was run.`,
        hint: 'The responder may ask again.',
      },
      audited: false,
    };
  }
  if (personId === approval.requestedBy) {
    return {
      refusal: {
        code: 'own_request',
        message: 'You asked for this yourself, so somebody else must decide.',
        hint: 'That holds for everybody, also for administrators.',
      },
      audited: true,
    };
  }
  if (!approval.requirement.slots.some((slot) => slot.from.includes(personId))) {
    const message = `You may not decide on this: it needs ${needs(approval.requirement.slots)}.`;
    return {
      refusal: {
        code: 'not_entitled',
        message,
        hint: 'Approvers and owners are named in cordon.yaml; being in the channel grants nothing.',
      },
      audited: true,
    };
  }
  if (votes.some((vote) => vote.personId === personId)) {
    return {
      refusal: {
        code: 'already_voted',
        message: `You have voted on ${approval.id} already.`,
        hint: 'A vote cannot be changed.',
      },
      audited: false,
    };
  }
  return undefined;
}

/** "REQ-… was already approved by @alice and @bo at …". */
function decided({ approval, votes }: ApprovalView): string {
  const decision = approval.state === 'denied' ? 'deny' : 'approve';
  const who = votes.filter((vote) => vote.decision === decision).map((vote) => vote.personId);
  const at = approval.decidedAt === null ? '' : ` at ${utc(approval.decidedAt)}`;
  switch (approval.state) {
    case 'pending':
      return `${approval.id} is still open.`;
    case 'approved':
    case 'consumed':
      return `${approval.id} was already approved by ${who.join(' and ')}${at}.`;
    case 'denied':
      return `${approval.id} was already denied by ${who.join(' and ')}${at}: nothing was run.`;
    case 'expired':
      return `${approval.id} expired at ${utc(approval.expiresAt)}: nothing was run.`;
    case 'stale':
      return `${approval.id} became stale${at}: nothing was run.`;
  }
}
