import { asffTwin, control, DAY, guardDuty, HOUR, ocsfTwin } from './deliveries.ts';

const ADMIN = '222222222222';
const OTHER = 'i-0fedcba9876543210';
const SECOND_GROUP = 'sg-0fedcba9876543210';

/** One set of deliveries with everything that may be late, doubled, archived, reopened or said in three shapes. */
export const MIXED: readonly string[] = [
  // A threat: from the member's bus and the administrator's, and its twins.
  guardDuty({ finding: 'a', updated: 0 }),
  guardDuty({ finding: 'a', updated: 0, bus: ADMIN, sent: 2 }),
  guardDuty({ finding: 'a', updated: 0, bus: ADMIN, sent: 2 }),
  asffTwin({ finding: 'a', updated: 0, sent: 3 }),
  ocsfTwin({ finding: 'a', updated: 0, sent: 4 }),
  // It goes on, is archived, comes back within a day, is archived again and comes back after more than a day.
  guardDuty({ finding: 'a', updated: 6 * HOUR, count: 2, severity: 5 }),
  guardDuty({ finding: 'a', updated: 8 * HOUR, count: 2, archived: true }),
  guardDuty({ finding: 'a', updated: 20 * HOUR, count: 3 }),
  asffTwin({ finding: 'a', updated: 20 * HOUR, count: 3, sent: 20 * HOUR + 5 }),
  guardDuty({ finding: 'a', updated: 30 * HOUR, count: 3, archived: true }),
  guardDuty({ finding: 'a', updated: 4 * DAY, count: 4 }),
  // Our own write-back returns, then somebody closes it in the console and opens it again: UpdatedAt is the same throughout.
  asffTwin({ finding: 'a', updated: 4 * DAY, count: 4, sent: 4 * DAY + 3 }),
  asffTwin({ finding: 'a', updated: 4 * DAY, count: 4, sent: 4 * DAY + 60, workflow: 'NOTIFIED', by: 'cordon' }),
  asffTwin({ finding: 'a', updated: 4 * DAY, count: 4, sent: 4 * DAY + 120, workflow: 'RESOLVED', by: 'somebody' }),
  asffTwin({ finding: 'a', updated: 4 * DAY, count: 4, sent: 4 * DAY + 180, workflow: 'NEW', by: 'somebody' }),
  // A second finding of the same instance, worse; and one of another instance whose copy does not name it.
  guardDuty({ finding: 'b', updated: 2 * HOUR, severity: 9.1 }),
  guardDuty({ finding: 'b', updated: 9 * HOUR, severity: 9.1, archived: true }),
  asffTwin({ finding: 'c', updated: 3 * HOUR, instance: OTHER, blind: true }),
  guardDuty({ finding: 'c', updated: 3 * HOUR, instance: OTHER }),
  guardDuty({ finding: 'd', updated: 5 * HOUR, instance: OTHER, severity: 2 }),
  // One control of two groups under several standards, before and after consolidation.
  control({ finding: 'e', updated: 1 * HOUR, compliance: 'FAILED', standard: 'fsbp' }),
  control({ finding: 'e', updated: 1 * HOUR, compliance: 'FAILED', standard: 'cis' }),
  control({ finding: 'e', updated: 10 * HOUR, compliance: 'FAILED', standard: 'consolidated' }),
  control({ finding: 'e', updated: 12 * HOUR, compliance: 'FAILED', standard: 'fsbp', archived: true }),
  control({ finding: 'e', updated: 12 * HOUR, compliance: 'FAILED', standard: 'cis', archived: true }),
  control({ finding: 'e', updated: 20 * HOUR, compliance: 'PASSED', workflow: 'RESOLVED' }),
  control({ finding: 'e', updated: 40 * HOUR, compliance: 'FAILED' }),
  control({
    finding: 'e',
    updated: 40 * HOUR,
    sent: 41 * HOUR,
    compliance: 'FAILED',
    workflow: 'RESOLVED',
    by: 'cordon',
  }),
  control({ finding: 'e', updated: 60 * HOUR, compliance: 'FAILED', workflow: 'RESOLVED', by: 'cordon' }),
  control({ finding: 'e', updated: 70 * HOUR, compliance: 'PASSED', workflow: 'RESOLVED' }),
  control({ finding: 'f', updated: 5 * HOUR, compliance: 'FAILED', group: SECOND_GROUP }),
  control({
    finding: 'f',
    updated: 5 * HOUR,
    sent: 6 * HOUR,
    compliance: 'FAILED',
    group: SECOND_GROUP,
    workflow: 'SUPPRESSED',
    by: 'x',
  }),
  control({ finding: 'f', updated: 7 * DAY, compliance: 'WARNING', group: SECOND_GROUP }),
  // What nobody can read.
  '{"half": ',
];
