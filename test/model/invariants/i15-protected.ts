import { globMatches } from '../../../src/playbooks/glob.ts';
import { OWN_ACCOUNT } from '../world/people.ts';
import type { Entry, Send, WorldRecord } from '../world/record.ts';
import { beganAt, claimOf, EVIDENCE_MS, type Invariant, inForce, planOf } from './invariant.ts';

export default {
  id: 'I15',
  promise: 'nothing is sent to what is protected by tag or list, nor to Cordon’s own account',
  check(record) {
    return record.sends.flatMap((send) => {
      const claim = claimOf(record, send.runId);
      if (!claim) return [];
      const why = send.accountId === OWN_ACCOUNT ? 'it is Cordon’s own account' : whyProtected(record, send, claim);
      return why === undefined ? [] : [`${send.runId} sent ${send.call.operation} to ${send.target} although ${why}`];
    });
  },
} satisfies Invariant as Invariant;

function whyProtected(record: WorldRecord, send: Send, claim: Entry): string | undefined {
  const arn = planOf(record, send.runId)?.target.arn ?? '';
  const listed = inForce(record, claim).every(({ settings }) =>
    settings.protected.some((entry) => globMatches(entry, arn)),
  );
  if (listed) return 'cordon.yaml protects it';
  return taggedBefore(record, send.target, claim) ? 'it bore the protecting tag when the run was claimed' : undefined;
}

/** Tagged, and not untagged again, before the evidence for the claim was gathered. */
function taggedBefore(record: WorldRecord, target: string, claim: Entry): boolean {
  const from = beganAt(record, claim);
  const tagging = record.changes.filter(
    ({ target: one, what }) => one === target && ['protect', 'unprotect'].includes(what),
  );
  const before = tagging.filter(({ tick, at }) => tick < from || at < claim.at - EVIDENCE_MS).at(-1);
  const meanwhile = tagging.filter(
    ({ tick, at }) => tick >= from && tick <= claim.tick && at >= claim.at - EVIDENCE_MS,
  );
  return before?.what === 'protect' && !meanwhile.some(({ what }) => what === 'unprotect');
}
