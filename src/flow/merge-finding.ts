import type { Finding } from '../domain/finding.ts';
import { sameJson } from '../domain/json.ts';
import { compareVersions, OUR_NOTE } from '../domain/sighting.ts';

/**
 * The newest version of each shape, with one more. Kept beside the record, because the record is made from all of them: what is merged already cannot be put in order
 * with what arrives later.
 */
export function withVersion(versions: readonly Finding[], incoming: Finding): readonly Finding[] {
  const rival = versions.find(({ shape }) => shape === incoming.shape);
  if (rival === undefined) return [...versions, incoming].sort((a, b) => (a.shape < b.shape ? -1 : 1));
  return compareVersions(rival, incoming) < 0 ? versions.map((one) => (one === rival ? incoming : one)) : versions;
}

/** One record from versions of the same finding, in whatever order they came: the newest one's state, the richest one's detail. At least one. */
export function mergeFinding(...given: readonly Finding[]): Finding {
  const versions = [...given.reduce(withVersion, [])].sort(compareVersions);
  const newest = last(versions);
  // GuardDuty's own form holds more than its copies in Security Hub.
  const detail = versions.find(({ shape }) => shape === 'guardduty') ?? newest;
  const ranked = [...versions.filter((one) => one !== detail), detail];
  const workflow = stated(versions, 'workflow');
  const compliance = stated(versions, 'compliance');
  const noteBy = stated(versions, 'noteBy');
  const firstSeenAt = earliest(versions.map((one) => one.firstSeenAt));
  const lastSeenAt = latest(versions.map((one) => one.lastSeenAt));
  const statedAt = latest(versions.map((one) => one.statedAt));
  return {
    ...detail,
    state: newest.state,
    severity: newest.severity,
    rawSeverity: newest.rawSeverity,
    count: Math.max(...versions.map(({ count }) => count)),
    createdAt: earliest(versions.map((one) => one.createdAt)) ?? detail.createdAt,
    updatedAt: newest.updatedAt,
    entities: Object.assign({}, ...ranked.map(({ entities }) => entities)),
    writeBack: Object.assign({}, ...ranked.map(({ writeBack }) => writeBack)),
    standards: union(versions.map(({ standards }) => standards)),
    requirements: union(versions.map(({ requirements }) => requirements)),
    sample: versions.some(({ sample }) => sample),
    ...(workflow && { workflow }),
    ...(compliance && { compliance }),
    ...(noteBy && { noteBy }),
    ...(firstSeenAt && { firstSeenAt }),
    ...(lastSeenAt && { lastSeenAt }),
    ...(statedAt && { statedAt }),
  };
}

function last(versions: readonly Finding[]): Finding {
  const newest = versions.at(-1);
  if (newest === undefined) throw new RangeError('a record is made from at least one version');
  return newest;
}

/** What the newest version that says it says: GuardDuty's own form knows nothing of Security Hub's workflow. */
function stated<K extends 'workflow' | 'compliance' | 'noteBy'>(
  versions: readonly Finding[],
  field: K,
): Finding[K] | undefined {
  return versions.findLast((one) => one[field] !== undefined)?.[field];
}

function earliest(times: readonly (string | undefined)[]): string | undefined {
  return times.filter((time) => time !== undefined).sort()[0];
}

function latest(times: readonly (string | undefined)[]): string | undefined {
  return times
    .filter((time) => time !== undefined)
    .sort()
    .at(-1);
}

function union(lists: readonly (readonly string[])[]): readonly string[] {
  return [...new Set(lists.flat())].sort();
}

/** True when the two differ in something a responder would want to know; a status that we wrote ourselves is not. */
export function isNews(before: Finding, after: Finding): boolean {
  const ours = after.noteBy === OUR_NOTE && (after.workflow === 'NOTIFIED' || after.workflow === 'RESOLVED');
  return !sameJson(material(before, ours), material(after, ours));
}

function material(finding: Finding, ours: boolean): object {
  const { state, compliance, severity, count, type, control, resources, sample, workflow } = finding;
  return {
    state,
    compliance,
    severity,
    count,
    type,
    control,
    resources,
    sample,
    workflow: ours ? null : (workflow ?? null),
  };
}
