import { sameJson } from './json.ts';
import type { Clause } from './people.ts';
import type { Risk } from './plan.ts';

/** What must be filled for a plan to run: `n` votes of people in `from`; the label is shown. */
export interface Slot {
  readonly label: string;
  readonly n: number;
  /** Person ids who may fill it; empty means nobody. Where `rule` is there, who it was when Slack was last asked. */
  readonly from: readonly string[];
  /** Only where a Slack user group takes part: somebody in every one of these may fill it. It is what the file says, whoever is in the groups now. */
  readonly rule?: readonly Clause[];
}

export interface Requirement {
  /** Distinct people who must approve in all, the requester never among them. */
  readonly people: number;
  readonly slots: readonly Slot[];
  /** How long the request stays open. */
  readonly ttlMinutes: number;
  /** Which rule decided, for people. */
  readonly because: string;
}

/** True when both ask the same of the same people, as far as files say it: who is in a Slack user group at the moment is not compared. */
export function sameRule(one: Requirement, other: Requirement): boolean {
  return sameJson(written(one), written(other));
}

function written(requirement: Requirement) {
  const slots = requirement.slots.map(({ label, n, from, rule }) => ({
    label,
    n,
    who:
      rule === undefined
        ? [...from]
        : rule.map(({ ids, usergroups }) => ({ ids: [...ids], usergroups: [...usergroups] })),
  }));
  return { ...requirement, slots };
}

export type ApprovalState = 'pending' | 'approved' | 'denied' | 'expired' | 'stale' | 'consumed';

/** How far people have been told of an open request by direct message. */
export const APPROVAL_NOTICES = ['asked', 'reminded', 'widened'] as const;
export type ApprovalNotice = (typeof APPROVAL_NOTICES)[number];

/** Shares of a request's time after which those who were asked are reminded, and after which others who may decide are told. */
export const REMIND_AFTER = 0.5;
export const WIDEN_AFTER = 0.8;

/** What should have been told by now. */
export function noticeAt(approval: Pick<Approval, 'createdAt' | 'expiresAt'>, now: string): ApprovalNotice {
  const from = Date.parse(approval.createdAt);
  const passed = (Date.parse(now) - from) / (Date.parse(approval.expiresAt) - from);
  if (passed >= WIDEN_AFTER) return 'widened';
  return passed >= REMIND_AFTER ? 'reminded' : 'asked';
}

export interface Approval {
  readonly id: string;
  readonly runId: string;
  readonly incidentId: string;
  readonly planHash: string;
  readonly requestedBy: string;
  readonly reason: string;
  readonly state: ApprovalState;
  /** Why it ended so, for the card: who denied, what had changed. */
  readonly stateReason: string | null;
  readonly requirement: Requirement;
  /** Who has been told by direct message, the first asked first. */
  readonly asked: readonly string[];
  readonly notice: ApprovalNotice;
  readonly rev: number;
  readonly createdAt: string;
  readonly expiresAt: string;
  readonly decidedAt: string | null;
}

export interface Vote {
  readonly approvalId: string;
  readonly personId: string;
  readonly decision: 'approve' | 'deny';
  readonly reason: string;
  readonly planHash: string;
  readonly via: 'slack' | 'cli';
  readonly at: string;
}

/** The part of a risk class in the floor that no setting lowers. */
export interface Floor {
  readonly approvers: number;
  readonly owner: boolean;
}
export const PRODUCT_FLOOR: Readonly<Record<Exclude<Risk, 'read'>, Floor>> = {
  additive: { approvers: 1, owner: false },
  reversible: { approvers: 1, owner: false },
  disruptive: { approvers: 1, owner: true },
  destructive: { approvers: 2, owner: false },
};
