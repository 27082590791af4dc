/** A write as CloudTrail's event history tells it. */
export interface TrailEvent {
  readonly id: string;
  /** ISO 8601, to the second. */
  readonly at: string;
  /** The first word of the event's source, `iam` of `iam.amazonaws.com`. */
  readonly service: string;
  readonly name: string;
  readonly accountId: string;
  readonly region: string;
  readonly requestId: string | null;
  /** AWS refused it: nothing was changed. */
  readonly failed: boolean;
  /** For a run of Cordon its id. */
  readonly sourceIdentity: string | null;
  /** Name and session of the role that called; null when it was none. */
  readonly role: string | null;
  readonly sessionName: string | null;
}

/** One step of a run as the journal has it, with the call that its plan names. */
export interface JournalledCall {
  readonly runId: string;
  readonly stepId: string;
  readonly state: 'intent' | 'done' | 'failed';
  readonly accountId: string;
  readonly region: string;
  readonly service: string;
  readonly operation: string;
  readonly requestId: string | null;
  readonly intentAt: string;
  readonly doneAt: string | null;
}

/** AWS says that CloudTrail shows a call within 15 minutes; what is younger and not there is "not yet". */
const TRAIL_DELAY_SECONDS = 15 * 60;

export interface Comparison {
  /** Journal rows for which AWS shows the call. */
  readonly agreed: readonly { readonly call: JournalledCall; readonly event: TrailEvent }[];
  /** Changes under the name of a run, or through the act role, that no row explains. */
  readonly orphans: readonly TrailEvent[];
  /** Rows that are done and that AWS does not show though it should by now. */
  readonly missing: readonly JournalledCall[];
  /** Rows that are done and so young that CloudTrail may not show them yet. */
  readonly notYet: readonly JournalledCall[];
}

/**
 * What CloudTrail shows against what the journal says. A row explains one event at most: the one with its request id, else one of the same run and call. Calls that AWS refused
 * changed nothing and are left out, as are rows whose step was not done. `now` is ISO 8601.
 */
export function compareTrail(
  events: readonly TrailEvent[],
  calls: readonly JournalledCall[],
  { actRole, now }: { readonly actRole: string; readonly now: string },
): Comparison {
  const ours = unique(events).filter((event) => !event.failed && isOurs(event, actRole));
  const open = new Set(calls.filter(({ state }) => state !== 'failed'));
  const agreed: { call: JournalledCall; event: TrailEvent }[] = [];
  const rest = ours.filter((event) => !explained(event, open, agreed, hasRequestId));
  const orphans = rest.filter((event) => !explained(event, open, agreed, isSameCall));
  const unseen = [...open].filter(({ state }) => state === 'done');
  const isYoung = ({ doneAt, intentAt }: JournalledCall): boolean =>
    Date.parse(now) - Date.parse(doneAt ?? intentAt) < TRAIL_DELAY_SECONDS * 1000;
  return {
    agreed,
    orphans,
    missing: unseen.filter((call) => !isYoung(call)),
    notYet: unseen.filter(isYoung),
  };
}

function unique(events: readonly TrailEvent[]): readonly TrailEvent[] {
  return [...new Map(events.map((event) => [event.id, event])).values()];
}

/** Nobody but Cordon carries the id of a run or acts through that role. */
function isOurs({ sourceIdentity, role }: TrailEvent, actRole: string): boolean {
  return (sourceIdentity ?? '').startsWith('RUN-') || role === actRole;
}

type Fits = (event: TrailEvent, call: JournalledCall) => boolean;

/** Takes the first row that fits off the list; false when there is none. */
function explained(
  event: TrailEvent,
  open: Set<JournalledCall>,
  agreed: { call: JournalledCall; event: TrailEvent }[],
  fits: Fits,
): boolean {
  const call = [...open].find((one) => one.runId === event.sourceIdentity && fits(event, one));
  if (!call) return false;
  open.delete(call);
  agreed.push({ call, event });
  return true;
}

function hasRequestId(event: TrailEvent, call: JournalledCall): boolean {
  return call.requestId !== null && call.requestId === event.requestId;
}

/** The row of a step that was read back has no request id, and neither has one whose answer was lost. */
function isSameCall(event: TrailEvent, call: JournalledCall): boolean {
  return (
    call.requestId === null &&
    event.accountId === call.accountId &&
    event.service === call.service &&
    operationOf(event) === call.operation
  );
}

/** Names of S3's event history that differ from the API's. */
const ALIASES: Readonly<Record<string, string>> = {
  PutBucketPublicAccessBlock: 'PutPublicAccessBlock',
  DeleteBucketPublicAccessBlock: 'DeletePublicAccessBlock',
};

/** Lambda's names carry the date of their version: `PutFunctionConcurrency20171031`. */
export function operationOf({ name }: Pick<TrailEvent, 'name'>): string {
  return ALIASES[name] ?? name.replace(/20\d{6}(v\d+)?$/, '');
}
