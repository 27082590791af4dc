import type { Account } from '../domain/account.ts';
import { type Finding, type FindingKind, SEVERITIES, type Source } from '../domain/finding.ts';
import type { Rung } from '../domain/incident.ts';
import type { LoadedPlaybook, MatchRule } from '../domain/playbook.ts';
import { type Candidate, candidatesOf, compareCandidates, type Trigger } from './candidate.ts';
import { globMatches, isExact } from './glob.ts';

/** Which playbook takes a finding, and why. */
export interface MatchResult {
  readonly primary: {
    readonly playbook: LoadedPlaybook;
    readonly rung: Rung;
    /** The rule's text, e.g. `guardduty type Recon:IAMUser/*`. Ours, never a finding's. */
    readonly rule: string;
    /** One sentence for people. */
    readonly why: string;
  };
  readonly runnerUp?: { readonly playbookId: string; readonly rung: Rung; readonly rule: string };
  /** Ids of other playbooks whose rules hold too. */
  readonly seeAlso: readonly string[];
}

/** An operator's override: where all that it names holds, its playbook is taken before any rule. */
export interface Pin {
  readonly playbookId: string;
  readonly accounts?: readonly string[];
  readonly environments?: readonly string[];
  /** Globs. */
  readonly types?: readonly string[];
  readonly controls?: readonly string[];
  readonly resources?: readonly string[];
  readonly tags?: Readonly<Record<string, string>>;
}

/** What takes a finding that no rule takes, by the kind of record. Their own `match` is empty. */
export const CATCH_ALLS: Readonly<Record<FindingKind, string>> = {
  threat: 'generic.threat',
  posture: 'generic.posture',
  notice: 'generic.aws-notice',
};

export interface Matcher {
  match(finding: Finding, account: Account | undefined): MatchResult;
  /** All that hold, best first; the catch-all last. */
  ranked(finding: Finding, account: Account | undefined): readonly Ranked[];
}

/** A playbook in the order of a finding; `candidate` is the rule that decided, absent for pins and catch-alls. */
export interface Ranked {
  readonly playbook: LoadedPlaybook;
  readonly rung: Rung;
  readonly rule: string;
  readonly candidate?: Candidate;
}

/** The rules of one source, so that a finding is compared with few of them. */
interface Index {
  /** `trigger pattern` in lower case. */
  readonly exact: ReadonlyMap<string, readonly Candidate[]>;
  readonly rest: readonly Candidate[];
}

/** Compiles the rules once. The three catch-alls must be among the playbooks; ties are the loader's business (candidate.ts `findTies`). */
export function compileMatcher(playbooks: readonly LoadedPlaybook[], pins: readonly Pin[] = []): Matcher {
  const index = buildIndex(playbooks.flatMap(candidatesOf));
  const byId = new Map(playbooks.map((loaded) => [loaded.playbook.id, loaded]));
  const ranked = (finding: Finding, account: Account | undefined) => rank(finding, account, { index, byId, pins });
  return { ranked, match: (finding, account) => resultOf(ranked(finding, account), finding.kind) };
}

interface Compiled {
  readonly index: ReadonlyMap<Source, Index>;
  readonly byId: ReadonlyMap<string, LoadedPlaybook>;
  readonly pins: readonly Pin[];
}

function buildIndex(candidates: readonly Candidate[]): ReadonlyMap<Source, Index> {
  const index = new Map<Source, { exact: Map<string, Candidate[]>; rest: Candidate[] }>();
  for (const candidate of candidates) {
    const ofSource = index.get(candidate.source) ?? { exact: new Map<string, Candidate[]>(), rest: [] };
    index.set(candidate.source, ofSource);
    if (candidate.pattern === undefined || !isExact(candidate.pattern)) ofSource.rest.push(candidate);
    else append(ofSource.exact, keyOf(candidate.trigger, candidate.pattern), candidate);
  }
  return index;
}

function append<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}

function keyOf(trigger: Trigger, subject: string): string {
  return `${trigger} ${subject.toLowerCase()}`;
}

function rank(finding: Finding, account: Account | undefined, { index, byId, pins }: Compiled): readonly Ranked[] {
  const pinned = pins
    .filter((pin) => pinHolds(pin, finding, account))
    .sort((a, b) => selectors(b) - selectors(a))
    .flatMap((pin) => {
      const playbook = byId.get(pin.playbookId);
      return playbook === undefined
        ? []
        : [{ playbook, rung: 'pin' as const, rule: `operator pin to ${pin.playbookId}` }];
    });
  const ruled = holding(index.get(finding.source), finding)
    .sort(compareCandidates)
    .map((candidate) => ({ playbook: candidate.loaded, rung: candidate.rung, rule: candidate.text, candidate }));
  const last = byId.get(CATCH_ALLS[finding.kind]);
  const caught =
    last === undefined ? [] : [{ playbook: last, rung: 'catch-all' as const, rule: `any ${finding.kind}` }];
  return firstOfEach([...pinned, ...ruled, ...caught]);
}

/** Several rules of one playbook may hold; its best one counts. */
function firstOfEach(ranked: readonly Ranked[]): readonly Ranked[] {
  const seen = new Set<string>();
  return ranked.filter(({ playbook }) => {
    const known = seen.has(playbook.playbook.id);
    seen.add(playbook.playbook.id);
    return !known;
  });
}

function holding(index: Index | undefined, finding: Finding): Candidate[] {
  if (index === undefined) return [];
  const exact = subjects(finding).flatMap(({ trigger, subject }) => index.exact.get(keyOf(trigger, subject)) ?? []);
  return [...exact, ...index.rest.filter((candidate) => patternHolds(candidate, finding))].filter(
    (candidate) => !excepted(candidate, finding) && unmetConditions(candidate.rule, finding).length === 0,
  );
}

/** What a finding can be matched by. A Health finding's type is its event code. */
function subjects(finding: Finding): readonly { readonly trigger: Trigger; readonly subject: string }[] {
  const found: { trigger: Trigger; subject: string }[] = [];
  if (finding.control !== undefined) found.push({ trigger: 'control', subject: finding.control });
  if (finding.type === undefined) return found;
  found.push({ trigger: 'type', subject: finding.type });
  if (finding.source === 'health') found.push({ trigger: 'health', subject: finding.type });
  return found;
}

export function patternHolds(candidate: Candidate, finding: Finding): boolean {
  const { pattern } = candidate;
  if (pattern === undefined) return true;
  return subjects(finding).some(
    ({ trigger, subject }) => trigger === candidate.trigger && globMatches(pattern, subject),
  );
}

export function excepted(candidate: Candidate, finding: Finding): boolean {
  const { except } = candidate.rule;
  if (except === undefined) return false;
  return subjects(finding).some(({ subject }) => except.some((glob) => globMatches(glob, subject)));
}

/** The names of a rule's conditions that do not hold. What the finding does not say does not hold. */
export function unmetConditions(rule: MatchRule, finding: Finding): readonly string[] {
  const unmet: string[] = [];
  const { standards, resourceTypes, severityAtLeast, tags, health } = rule;
  if (standards !== undefined && !standards.some((end) => finding.standards.some((id) => endsWith(id, end))))
    unmet.push('standards');
  if (
    resourceTypes !== undefined &&
    !resourceTypes.some((glob) => finding.resources.some(({ type }) => globMatches(glob, type)))
  ) {
    unmet.push('resourceTypes');
  }
  if (severityAtLeast !== undefined && SEVERITIES.indexOf(finding.severity) > SEVERITIES.indexOf(severityAtLeast))
    unmet.push('severityAtLeast');
  if (tags !== undefined && !hasTags(finding, tags)) unmet.push('tags');
  if (health?.categories !== undefined && !includes(health.categories, finding.health?.category))
    unmet.push('health.categories');
  if (health?.actionability !== undefined && !includes(health.actionability, finding.health?.actionability))
    unmet.push('health.actionability');
  return unmet;
}

/** What the finding does not say is in no list. */
function includes<T>(list: readonly T[], value: T | undefined): boolean {
  return value !== undefined && list.includes(value);
}

function endsWith(text: string, end: string): boolean {
  return text.toLowerCase().endsWith(end.toLowerCase());
}

function hasTags(finding: Finding, wanted: Readonly<Record<string, string>>): boolean {
  return Object.entries(wanted).every(([key, value]) =>
    finding.resources.some(({ tags }) => tags !== undefined && Object.hasOwn(tags, key) && tags[key] === value),
  );
}

function selectors(pin: Pin): number {
  return [pin.accounts, pin.environments, pin.types, pin.controls, pin.resources, pin.tags].filter(
    (part) => part !== undefined,
  ).length;
}

function pinHolds(pin: Pin, finding: Finding, account: Account | undefined): boolean {
  const one = (globs: readonly string[] | undefined, text: string | undefined) =>
    globs === undefined || (text !== undefined && globs.some((glob) => globMatches(glob, text)));
  return (
    selectors(pin) > 0 &&
    one(pin.accounts, finding.accountId) &&
    one(pin.environments, account?.environment) &&
    one(pin.types, finding.type) &&
    one(pin.controls, finding.control) &&
    (pin.resources === undefined || finding.resources.some(({ id }) => one(pin.resources, id))) &&
    (pin.tags === undefined || hasTags(finding, pin.tags))
  );
}

function resultOf(ranked: readonly Ranked[], kind: FindingKind): MatchResult {
  const [first, second] = ranked;
  if (first === undefined) throw new RangeError(`${CATCH_ALLS[kind]} is not loaded`);
  const others = ranked.slice(1).filter(({ rung }) => rung !== 'catch-all');
  return {
    primary: { playbook: first.playbook, rung: first.rung, rule: first.rule, why: whyOf(first) },
    ...(second && { runnerUp: { playbookId: second.playbook.playbook.id, rung: second.rung, rule: second.rule } }),
    seeAlso: others.map(({ playbook }) => playbook.playbook.id),
  };
}

function whyOf({ rung, rule, candidate, playbook }: Ranked): string {
  switch (rung) {
    case 'pin':
      return `An operator pinned this to ${playbook.playbook.id}.`;
    case 'exact':
      return `The playbook names ${candidate?.pattern ?? rule} itself.`;
    case 'family':
      return `${candidate?.pattern ?? rule} is the most specific rule that holds.`;
    case 'net':
      return `No playbook names this one; the safety net ${candidate?.pattern ?? rule} takes it.`;
    case 'catch-all':
      return `No rule holds; ${playbook.playbook.id} takes ${rule} that has no playbook of its own.`;
  }
}
