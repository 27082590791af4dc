import type { AuditRow } from '../domain/audit.ts';

/** Version of https://schema.ocsf.io whose class API Activity (6003) this follows. */
const OCSF_VERSION = '1.3.0';
const API_ACTIVITY = 6003;
const APPLICATION_ACTIVITY = 6;
/** What was refused is a failure of the one who tried. */
const FAILED = /refused|failed|denied|quarantined/;

/** An audit row as an OCSF event, for a log platform. The chain's own fields stand under `unmapped`; the export in JSON lines is the one that can be verified. */
export function toOcsf(row: AuditRow): object {
  const failed = FAILED.test(row.event);
  const activity = activityOf(row.event);
  return {
    class_uid: API_ACTIVITY,
    class_name: 'API Activity',
    category_uid: APPLICATION_ACTIVITY,
    category_name: 'Application Activity',
    activity_id: activity,
    type_uid: API_ACTIVITY * 100 + activity,
    time: Date.parse(row.at),
    severity_id: 1,
    status_id: failed ? 2 : 1,
    status: failed ? 'Failure' : 'Success',
    actor: { user: { uid: row.actor.id, type: row.actor.kind } },
    api: { operation: row.event, service: { name: 'cordon' } },
    src_endpoint: { svc_name: row.actor.kind },
    resources: [{ uid: row.subject, type: row.subject.split(':')[0] }],
    metadata: {
      version: OCSF_VERSION,
      uid: row.hash,
      sequence: row.seq,
      product: { name: 'Cordon', vendor_name: 'Cordon' },
    },
    unmapped: { seq: row.seq, prevHash: row.prevHash, hash: row.hash, details: row.details },
  };
}

/** 1 create, 3 update, 99 other. */
function activityOf(event: string): 1 | 3 | 99 {
  if (/\.(received|stored|opened|requested|made)$/.test(event)) return 1;
  return /\.(updated|acknowledged|resolved|reopened|granted|denied|expired|claimed|verified|step-done)$/.test(event)
    ? 3
    : 99;
}
