import { randomUUID } from 'node:crypto';
import { HOME_REGION, QUEUE_NAME, SECURITY_ACCOUNT } from '../../world.ts';
import type { Organization } from '../organization.ts';

/** What a service hands to the event bus. */
export interface BusEvent {
  readonly source: 'aws.guardduty' | 'aws.securityhub';
  readonly detailType: string;
  /** The Region whose bus carries it. */
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: unknown;
}

/** Wraps an event as EventBridge does and lets the organisation's rule put it into the findings queue. `account` is the sender's: the administrator. */
export function deliver(organization: Organization, event: BusEvent): void {
  deliverRaw(
    organization,
    JSON.stringify({
      version: '0',
      id: randomUUID(),
      'detail-type': event.detailType,
      source: event.source,
      account: SECURITY_ACCOUNT,
      time: new Date(organization.clock.now()).toISOString().replace(/\.\d+Z$/, 'Z'),
      region: event.region,
      resources: event.resources,
      detail: event.detail,
    }),
  );
}

/** Puts any text into the findings queue. Throws when the organisation has no such queue. */
export function deliverRaw(organization: Organization, body: string): string {
  const queue = organization.queues.find(SECURITY_ACCOUNT, HOME_REGION, QUEUE_NAME);
  if (!queue) throw new Error(`there is no queue ${QUEUE_NAME}`);
  return queue.send(body).messageId;
}
