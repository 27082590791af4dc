import { SEVERITIES, type Severity } from '../domain/finding.ts';
import { compareVersions, isActionable, type Sighting } from '../domain/sighting.ts';
import { compareTexts, laterOf } from '../domain/times.ts';

/** A recurrence within this time of the close re-opens the incident, by the finding's own time, so that late arrival does not matter. */
const REOPEN_WINDOW_MS = 24 * 60 * 60 * 1000;

export interface Sighted {
  readonly key: string;
  readonly sightings: readonly Sighting[];
}

/** A person's resolution: it settles everything that was known of the incident at that time. */
export interface Closing {
  readonly at: string;
}

/** One incident's life: from the first activity under its correlation key to the last close, with breaks of at most a day. */
export interface Episode<C extends Closing> {
  readonly beganAt: string;
  /** Since when it is open, or was when it closed. */
  readonly activeSince: string;
  readonly closedAt: string | null;
  /** Null when it is open, or when its findings were settled at their source. */
  readonly closedBy: C | null;
  readonly reopened: number;
  /** The findings that were active in it; the first of them, by their own time, gives the incident its playbook. */
  readonly members: readonly string[];
  readonly first: string;
  /** Worst since it is open. */
  readonly severity: Severity;
  readonly sample: boolean;
  readonly firstSeenAt: string;
  readonly lastSeenAt: string;
  /** All that was said of its findings while they were active. */
  readonly said: readonly Sighting[];
}

/**
 * The incidents of one correlation key, oldest first: a function of the set of sightings and of the persons' resolutions, never of the order in which they arrived.
 * The key is active while any of its findings is; a break of more than a day after a close parts two incidents.
 */
export function episodesOf<C extends Closing>(
  findings: readonly Sighted[],
  closings: readonly C[],
): readonly Episode<C>[] {
  const cuts = [...closings].sort((a, b) => compareTexts(a.at, b.at));
  const spells = findings
    .flatMap((finding) => spellsOf(finding, cuts))
    .sort((a, b) => compareTexts(a.from, b.from) || compareTexts(a.finding, b.finding));
  const episodes: { intervals: Interval[]; close: Close<C> | undefined }[] = [];
  const intervals = intervalsOf(spells);
  for (const [index, interval] of intervals.entries()) {
    const close = closeOf(interval, intervals[index + 1], cuts);
    const before = episodes.at(-1);
    if (before?.close && gap(before.close.at, interval.from) <= REOPEN_WINDOW_MS) {
      before.intervals.push(interval);
      before.close = close;
    } else episodes.push({ intervals: [interval], close });
  }
  return episodes.map(({ intervals: lives, close }) => episodeOf(lives, close));
}

/** A time in which one finding was active without a break. */
interface Spell {
  readonly finding: string;
  readonly from: string;
  to: string | null;
  readonly sightings: Sighting[];
}
interface Interval {
  readonly from: string;
  to: string | null;
  readonly spells: Spell[];
}
interface Close<C> {
  readonly at: string;
  readonly by: C | null;
}

interface Close<C> {
  readonly at: string;
  readonly by: C | null;
}

type Standing = 'active' | 'settled' | 'ours';

/**
 * Each status counts until it is said anew, whichever copy of the finding says it. RESOLVED under our own note settles nothing, since it is we who say so, and opens
 * nothing: a check that is only evaluated again is as it was. A threat that goes on under it is active.
 */
function standingOf(
  kind: Sighting['kind'],
  status: Pick<Sighting, 'state' | 'workflow' | 'compliance' | 'ours'>,
): Standing {
  if (isActionable(status)) return 'active';
  const ours = status.ours === true && status.workflow === 'RESOLVED' && isActionable({ ...status, workflow: 'NEW' });
  if (!ours) return 'settled';
  return kind === 'posture' ? 'ours' : 'active';
}

function spellsOf({ key, sightings }: Sighted, cuts: readonly Closing[]): readonly Spell[] {
  const spells: Spell[] = [];
  const waiting = [...cuts];
  let open: Spell | undefined;
  const end = (at: string): void => {
    if (open) open.to = at;
    open = undefined;
  };
  let status: Pick<Sighting, 'state' | 'workflow' | 'compliance' | 'ours'> = { state: 'active' };
  let standing: Standing | undefined;
  let [clock, seen] = ['', ''];
  for (const sighting of [...sightings].sort(compareVersions)) {
    status = { ...status, ...statusOf(sighting) };
    const now = standingOf(sighting.kind, status);
    const isFresh = sighting.seenAt > seen;
    if (!isFresh && now === standing) {
      // Another copy of what is known: it adds its severity and is no recurrence, however late it was sent.
      open?.sightings.push(sighting);
      continue;
    }
    seen = isFresh ? sighting.seenAt : seen;
    const at = isFresh ? sighting.seenAt : sighting.statedAt;
    clock = laterOf(clock, at);
    standing = now;
    for (let cut = waiting[0]; cut !== undefined && cut.at < clock; cut = waiting[0]) {
      end(cut.at);
      waiting.shift();
    }
    if (now === 'settled') end(clock);
    if (now !== 'active') continue;
    if (open === undefined) {
      open = { finding: key, from: clock, to: null, sightings: [] };
      spells.push(open);
    }
    open.sightings.push(sighting);
  }
  if (waiting[0] !== undefined) end(waiting[0].at);
  return spells;
}

function statusOf({
  state,
  workflow,
  compliance,
  ours,
}: Sighting): Pick<Sighting, 'state' | 'workflow' | 'compliance' | 'ours'> {
  return {
    state,
    ...(workflow && { workflow }),
    ...(compliance && { compliance }),
    ...(ours !== undefined && { ours }),
  };
}

/** Spells that touch make one interval. They come sorted. */
function intervalsOf(spells: readonly Spell[]): readonly Interval[] {
  const intervals: Interval[] = [];
  for (const spell of spells) {
    const current = intervals.at(-1);
    if (current === undefined || (current.to !== null && spell.from > current.to)) {
      intervals.push({ from: spell.from, to: spell.to, spells: [spell] });
      continue;
    }
    current.spells.push(spell);
    if (current.to !== null && (spell.to === null || spell.to > current.to)) current.to = spell.to;
  }
  return intervals;
}

/** A person's resolution counts for the close also when it turns out that the source had settled everything before. */
function closeOf<C extends Closing>(
  interval: Interval,
  next: Interval | undefined,
  cuts: readonly C[],
): Close<C> | undefined {
  const { to } = interval;
  if (to === null) return undefined;
  const by = cuts.find(({ at }) => at >= to && (next === undefined || at < next.from));
  return { at: by?.at ?? to, by: by ?? null };
}

function gap(from: string, to: string): number {
  return Date.parse(to) - Date.parse(from);
}

function episodeOf<C extends Closing>(intervals: readonly Interval[], close: Close<C> | undefined): Episode<C> {
  const spells = intervals.flatMap((interval) => interval.spells);
  const [first, last] = [spells[0], intervals.at(-1)];
  if (first === undefined || last === undefined) throw new RangeError('an episode has at least one spell');
  const sightings = spells.flatMap((one) => one.sightings);
  const members = [...new Set(spells.map((one) => one.finding))];
  const isSample = (finding: string) =>
    spells.some((one) => one.finding === finding && one.sightings.some(({ sample }) => sample));
  return {
    beganAt: first.from,
    activeSince: last.from,
    closedAt: close?.at ?? null,
    closedBy: close?.by ?? null,
    reopened: intervals.length - 1,
    members,
    first: first.finding,
    severity: worst(last.spells.flatMap((one) => one.sightings.map(({ severity }) => severity))),
    sample: members.every(isSample),
    firstSeenAt: sightings.map((one) => one.firstSeenAt).sort()[0] ?? first.from,
    lastSeenAt:
      sightings
        .map((one) => one.lastSeenAt)
        .sort()
        .at(-1) ?? first.from,
    said: sightings,
  };
}

function worst(severities: readonly Severity[]): Severity {
  return SEVERITIES.find((severity) => severities.includes(severity)) ?? 'informational';
}
