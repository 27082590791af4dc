import type { SeededFault } from './fault.ts';
import ackBeforeCommit from './faults/ack-before-commit.ts';
import approverByName from './faults/approver-by-name.ts';
import auditOutsideTheTransaction from './faults/audit-outside-the-transaction.ts';
import blindResendAfterCrash from './faults/blind-resend-after-crash.ts';
import capOutsideTheTransaction from './faults/cap-outside-the-transaction.ts';
import chainWithoutLengthCheck from './faults/chain-without-length-check.ts';
import claimWithoutUniqueKey from './faults/claim-without-unique-key.ts';
import dedupeByTitle from './faults/dedupe-by-title.ts';
import expiryByProcessClock from './faults/expiry-by-process-clock.ts';
import noFenceCheck from './faults/no-fence-check.ts';
import olderOverwritesNewer from './faults/older-overwrites-newer.ts';
import paramsFromTheButton from './faults/params-from-the-button.ts';
import selfApprovalCheckOnlyInUi from './faults/self-approval-check-only-in-ui.ts';
import stopReadOnlyAtStart from './faults/stop-read-only-at-start.ts';
import tagErrorIsUnprotected from './faults/tag-error-is-unprotected.ts';
import unescapedLessThan from './faults/unescaped-less-than.ts';

/** Every fault that the suite must catch. */
export const SEEDED_FAULTS: readonly SeededFault[] = [
  noFenceCheck,
  claimWithoutUniqueKey,
  expiryByProcessClock,
  auditOutsideTheTransaction,
  ackBeforeCommit,
  dedupeByTitle,
  selfApprovalCheckOnlyInUi,
  approverByName,
  paramsFromTheButton,
  capOutsideTheTransaction,
  tagErrorIsUnprotected,
  blindResendAfterCrash,
  unescapedLessThan,
  olderOverwritesNewer,
  stopReadOnlyAtStart,
  chainWithoutLengthCheck,
];
