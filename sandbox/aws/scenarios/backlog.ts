import { z } from 'zod';
import { HOME_REGION } from '../../world.ts';
import { toHubFinding } from '../events/guardduty-to-hub.ts';
import { announceGuardDuty, announceImported, hubKey, hubTable } from '../events/publish.ts';
import { guarddutyFinding } from '../guardduty/samples.ts';
import type { Organization } from '../organization.ts';
import { hexId } from '../state/ids.ts';
import { bucketResource, controlFinding } from './control-finding.ts';
import { defineScenario } from './scenario.ts';

const CONTROLS = ['S3.1', 'S3.5', 'S3.8', 'S3.9', 'S3.13', 'S3.20'] as const;
const SEVERITIES = ['LOW', 'MEDIUM', 'HIGH'] as const;

interface Moment {
  readonly number: number;
  /** ISO 8601. */
  readonly at: string;
  /** Whether an event tells of it. */
  readonly told: boolean;
}

/** Thousands of findings at once, oldest first, of which the queue hears only a share: what a new deployment finds, or what an outage leaves behind. */
export const backlog = defineScenario({
  name: 'backlog',
  summary:
    'thousands of findings at once, spread over hours, of which a share is told by events: what polling has to find',
  overrides: z.strictObject({
    controls: z.number().int().min(0).max(100_000).default(800),
    guardduty: z.number().int().min(0).max(100_000).default(200),
    hours: z.number().positive().max(2_000).default(20),
    /** In percent. */
    told: z.number().min(0).max(100).default(50),
  }),
  run(organization, { controls, guardduty, hours, told }) {
    const total = controls + guardduty;
    const start = organization.clock.now() - hours * 3_600_000;
    const step = (hours * 3_600_000) / Math.max(1, total);
    const every = total / Math.max(1, guardduty);
    let made = 0;
    for (let number = 0; number < total; number += 1) {
      const at = new Date(start + Math.floor(number * step)).toISOString();
      const moment = { number, at, told: (number * 37) % 100 < told };
      const isThreat = guardduty > 0 && Math.floor(made * every) <= number && made < guardduty;
      if (isThreat) made += 1;
      if (isThreat) threat(organization, moment);
      else check(organization, moment);
    }
    return { findings: [`${total} findings`], resource: 'many', account: 'many', region: HOME_REGION };
  },
});

function check(organization: Organization, { number, at, told }: Moment): void {
  const buckets = organization.state.everywhere('buckets');
  const bucket = buckets[number % buckets.length];
  if (!bucket) throw new Error('there is no bucket');
  const finding = controlFinding(
    {
      account: bucket.account,
      region: HOME_REGION,
      controlId: CONTROLS[number % CONTROLS.length] ?? 'S3.8',
      title: 'A setting of the bucket',
      severity: SEVERITIES[number % SEVERITIES.length] ?? 'LOW',
      status: 'FAILED',
      resource: bucketResource(`acme-backlog-${number}`),
      spelling: 'consolidated',
      key: `backlog-${number}`,
    },
    at,
  );
  hubTable(organization.state).put(hubKey(finding), finding);
  if (told) announceImported(organization, finding);
}

function threat(organization: Organization, { number, at, told }: Moment): void {
  const instances = organization.state.everywhere('instances').filter(({ region }) => region === HOME_REGION);
  const instance = instances[number % instances.length];
  if (!instance) throw new Error('there is no instance');
  const { account, region } = instance;
  const finding = {
    ...guarddutyFinding(organization, {
      account,
      region,
      id: hexId(`backlog/${number}`),
      type: 'Recon:EC2/PortProbeUnprotectedPort',
      severity: 2,
      title: 'An unprotected port is probed.',
      description: 'An unprotected port of the instance is probed by a known malicious host.',
      resource: { resourceType: 'Instance', instanceDetails: { instanceId: instance.row.InstanceId, tags: [] } },
      service: { eventFirstSeen: at, eventLastSeen: at },
    }),
    createdAt: at,
    updatedAt: at,
  };
  organization.state.table('guardduty-findings', account, region).put(finding.id, finding);
  const twin = toHubFinding(finding);
  hubTable(organization.state).put(hubKey(twin), twin);
  if (!told) return;
  announceGuardDuty(organization, finding);
  announceImported(organization, twin);
}
