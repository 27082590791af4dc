/**
 * What `/metrics` tells, as data: the table in docs/metrics.md is made from it. Label values come from these lists alone; anything else is told as `other`,
 * so no account, finding or person ever becomes a label and the number of series is bounded.
 */

import { SEVERITIES, SOURCES } from './finding.ts';
import { RUN_STATES } from './run.ts';

export interface MetricSpec {
  readonly name: string;
  readonly help: string;
  /** The values that each label can take. */
  readonly labels: Readonly<Record<string, readonly string[]>>;
}

const AWS_SERVICES = [
  'cloudtrail',
  'ec2',
  'guardduty',
  'iam',
  'lambda',
  'organizations',
  'rds',
  's3',
  'securityhub',
  'sqs',
  'sts',
] as const;
const QUEUES = ['triage', 'notify', 'propose', 'remediate', 'sweep'] as const;

/** What a process has counted since it started. */
export const COUNTERS = {
  findings: {
    name: 'cordon_findings_total',
    help: 'Findings triaged by this process. Quiet: nothing that a responder would care about.',
    labels: { source: SOURCES, outcome: ['new', 'updated', 'quiet', 'repeated'] },
  },
  deliveries: {
    name: 'cordon_deliveries_total',
    help: 'Messages read by this process.',
    labels: { transport: ['sqs', 'poll', 'cli'], outcome: ['processed', 'quarantined'] },
  },
  writeBacks: {
    name: 'cordon_write_backs_total',
    help: 'Notes and statuses for findings, by whether the product took them; what failed is tried again.',
    labels: { outcome: ['done', 'failed'] },
  },
  slackMessages: {
    name: 'cordon_slack_messages_total',
    help: 'Attempts to bring a message to its newest state in Slack.',
    labels: {
      outcome: ['posted', 'updated', 'unchanged', 'deferred', 'nothing-to-do', 'not-yet', 'busy'],
    },
  },
  slackRateLimited: {
    name: 'cordon_slack_rate_limited_total',
    help: 'Times that Slack said to slow down (HTTP 429).',
    labels: { call: ['post', 'update'] },
  },
  slackRefused: {
    name: 'cordon_slack_requests_refused_total',
    help: 'Requests to the Slack address that were refused before anything was read of them.',
    labels: {
      why: ['no_signature', 'doubled_header', 'malformed', 'wrong_signature', 'not_fresh', 'unreadable', 'replayed'],
    },
  },
  auditKeepingFailures: {
    name: 'cordon_audit_keeping_failures_total',
    help: 'Times that a checkpoint could not be put into a place, or old audit rows could not be archived; each is tried again.',
    labels: { part: ['file', 'bucket', 'archive'] },
  },
  awsCalls: {
    name: 'cordon_aws_calls_total',
    help: 'Calls to AWS by this process, the SDK’s own repetitions not counted.',
    labels: { service: AWS_SERVICES, outcome: ['ok', 'error', 'denied', 'throttled'] },
  },
} as const satisfies Readonly<Record<string, MetricSpec>>;
export type CounterId = keyof typeof COUNTERS;

/** What is so at the moment, read from the store and the queue when somebody asks. */
export const GAUGES = {
  storeUp: { name: 'cordon_store_up', help: '1 when the store answered this very question.', labels: {} },
  deliveriesWaiting: {
    name: 'cordon_deliveries_waiting',
    help: 'Messages stored and not yet read; counted up to 10,000.',
    labels: {},
  },
  deliveriesOldest: {
    name: 'cordon_deliveries_oldest_waiting_seconds',
    help: 'Age of the oldest of them.',
    labels: {},
  },
  quarantined: {
    name: 'cordon_deliveries_quarantined',
    help: 'Messages that could not be read; counted up to 10,000.',
    labels: {},
  },
  sinceDelivery: {
    name: 'cordon_last_delivery_age_seconds',
    help: 'Time since the last message came in; absent before the first.',
    labels: {},
  },
  incidents: {
    name: 'cordon_incidents',
    help: 'Incidents.',
    labels: { state: ['open', 'acknowledged', 'resolved'], severity: SEVERITIES },
  },
  runs: {
    name: 'cordon_runs',
    help: 'Plans and what became of them: planning and planned are plans, the rest runs.',
    labels: {
      state: RUN_STATES,
    },
  },
  approvals: {
    name: 'cordon_approvals',
    help: 'Requests to approve.',
    labels: { state: ['pending', 'approved', 'denied', 'expired', 'stale', 'consumed'] },
  },
  messagesWaiting: {
    name: 'cordon_slack_messages_waiting',
    help: 'Messages whose newest state is not in Slack, and findings whose status is not with their product.',
    labels: { kind: ['message', 'writeback'] },
  },
  messagesOldest: {
    name: 'cordon_slack_messages_oldest_waiting_seconds',
    help: 'Age of the oldest of them.',
    labels: { kind: ['message', 'writeback'] },
  },
  outboxUnsent: { name: 'cordon_outbox_unsent', help: 'Work not yet handed to the queue.', labels: {} },
  outboxOldest: { name: 'cordon_outbox_oldest_seconds', help: 'Age of the oldest of it.', labels: {} },
  jobs: {
    name: 'cordon_queue_jobs',
    help: 'Jobs in the queue; absent when it does not answer.',
    labels: { queue: QUEUES, state: ['waiting', 'active', 'delayed', 'failed'] },
  },
  accounts: {
    name: 'cordon_account_roles',
    help: 'Roles in accounts by how they answered last.',
    labels: {
      purpose: ['read', 'act'],
      state: ['ok', 'no-role', 'trust', 'external-id', 'scp', 'suspended', 'region-off', 'throttled', 'unknown'],
    },
  },
  feeds: {
    name: 'cordon_feeds',
    help: 'Products in Regions that are polled, by their last reading. Absent: not enabled there.',
    labels: { product: ['securityhub', 'guardduty'], state: ['ok', 'failing', 'absent'] },
  },
  feedsOldest: {
    name: 'cordon_feeds_oldest_ok_seconds',
    help: 'Time since the last good reading of the feed that has gone longest without one.',
    labels: { product: ['securityhub', 'guardduty'] },
  },
  stopped: { name: 'cordon_stopped', help: '1 while every change in AWS is stopped.', labels: {} },
  auditHead: { name: 'cordon_audit_head', help: 'Number of the newest row of the audit chain.', labels: {} },
  processes: {
    name: 'cordon_processes',
    help: 'Processes seen within the last 45 seconds, by their connection to Slack (none: they have no use for one).',
    labels: { kind: ['bot', 'worker'], slack: ['none', 'connected', 'down'] },
  },
} as const satisfies Readonly<Record<string, MetricSpec>>;
export type GaugeId = keyof typeof GAUGES;

/** The labels that are told: those of the metric, each with a value from its list. */
export function boundedLabels(
  spec: MetricSpec,
  given: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(spec.labels).map(([label, values]) => {
      const value = given[label] ?? 'other';
      return [label, values.includes(value) ? value : 'other'];
    }),
  );
}
