import type { Source } from '../domain/finding.ts';
import type { LoadedPlaybook, MatchRule } from '../domain/playbook.ts';
import { globMatches, globsOverlap, isExact, literalCount } from './glob.ts';

/** Compared left to right: resource segment, family segment, purpose segment, literal characters. */
export type Specificity = readonly [resource: number, family: number, purpose: number, literal: number];
export const SPECIFICITY_NAMES = [
  'resource segment',
  'family segment',
  'purpose segment',
  'literal characters',
] as const;

export type Trigger = 'type' | 'control' | 'health' | 'any';
const RULE_RUNGS = ['exact', 'family', 'net'] as const;
type RuleRung = (typeof RULE_RUNGS)[number];

/** One pattern of one rule of one playbook: the unit that is compared. */
export interface Candidate {
  readonly loaded: LoadedPlaybook;
  readonly rule: MatchRule;
  readonly ruleIndex: number;
  readonly source: Source;
  readonly trigger: Trigger;
  /** Undefined when the rule has conditions only. */
  readonly pattern: string | undefined;
  readonly rung: RuleRung;
  readonly specificity: Specificity;
  /** How many further conditions the rule has. */
  readonly conditions: number;
  readonly priority: number;
  /** `guardduty type Recon:IAMUser/*`, for people. */
  readonly text: string;
}

export function candidatesOf(loaded: LoadedPlaybook): readonly Candidate[] {
  return loaded.playbook.match.flatMap((rule, ruleIndex) => {
    const { trigger, patterns } = triggerOf(rule);
    return patterns.map((pattern) => ({
      loaded,
      rule,
      ruleIndex,
      source: rule.source,
      trigger,
      pattern,
      rung: rungOf(rule, pattern),
      specificity: specificityOf(trigger, pattern),
      conditions: conditionsOf(rule).length,
      priority: rule.priority,
      text: textOf(rule, trigger, pattern),
    }));
  });
}

function triggerOf(rule: MatchRule): { readonly trigger: Trigger; readonly patterns: readonly (string | undefined)[] } {
  if (rule.types !== undefined) return { trigger: 'type', patterns: rule.types };
  if (rule.controls !== undefined) return { trigger: 'control', patterns: rule.controls };
  if (rule.health?.codes !== undefined) return { trigger: 'health', patterns: rule.health.codes };
  return { trigger: 'any', patterns: [undefined] };
}

function rungOf(rule: MatchRule, pattern: string | undefined): RuleRung {
  if (rule.net) return 'net';
  return pattern !== undefined && isExact(pattern) ? 'exact' : 'family';
}

/** The extra conditions of a rule by name; each counts one when everything before is equal. */
function conditionsOf(rule: MatchRule): readonly string[] {
  const found: string[] = [];
  if (rule.standards !== undefined) found.push('standards');
  if (rule.resourceTypes !== undefined) found.push('resourceTypes');
  if (rule.severityAtLeast !== undefined) found.push('severityAtLeast');
  if (rule.tags !== undefined) found.push('tags');
  if (rule.health?.categories !== undefined) found.push('health.categories');
  if (rule.health?.actionability !== undefined) found.push('health.actionability');
  return found;
}

/**
 * Resource first, because containment depends on the resource. A resource segment counts 2 when literal, 1 when partly (`Route53*`), 0 for `*`;
 * the family 2 exact, 1 partial, 0 star; the purpose 1 when literal. A control's prefix counts like a literal resource segment.
 */
function specificityOf(trigger: Trigger, pattern: string | undefined): Specificity {
  if (pattern === undefined) return [0, 0, 0, 0];
  const literal = literalCount(pattern);
  if (trigger === 'control') return [isExact(pattern.split('.')[0] ?? '*') ? 2 : 0, 0, 0, literal];
  if (trigger !== 'type') return [0, 0, 0, literal];
  const [purpose = '*', resource = '*', family = '*'] = segmentsOf(pattern) ?? [];
  return [grade(resource), grade(family), isExact(purpose) ? 1 : 0, literal];
}

/** Purpose, resource and family of `Recon:EC2/Portscan`; undefined when the pattern is not written so. */
function segmentsOf(pattern: string): readonly string[] | undefined {
  const found = /^([^:]*):([^/]*)(?:\/(.*))?$/s.exec(pattern);
  return found === null ? undefined : [found[1] ?? '*', found[2] ?? '*', found[3] ?? '*'];
}

function grade(segment: string): number {
  if (isExact(segment)) return 2;
  return literalCount(segment) > 0 ? 1 : 0;
}

function textOf(rule: MatchRule, trigger: Trigger, pattern: string | undefined): string {
  const what = pattern === undefined ? '' : ` ${trigger === 'health' ? 'code' : trigger} ${pattern}`;
  const more = conditionsOf(rule).map((name) => ` + ${name}`);
  return `${rule.source}${what}${more.join('')}${rule.net ? ' (safety net)' : ''}`;
}

/** Negative when `a` is the more specific. Zero is a tie, which two different playbooks must never have. */
export function compareCandidates(a: Candidate, b: Candidate): number {
  const rung = RULE_RUNGS.indexOf(a.rung) - RULE_RUNGS.indexOf(b.rung);
  if (rung !== 0) return rung;
  const at = firstDifference(a, b);
  if (at !== undefined) return (b.specificity[at] ?? 0) - (a.specificity[at] ?? 0);
  return b.conditions - a.conditions || b.priority - a.priority;
}

/** Index of the first element in which two differ. Exact patterns are equal by definition. */
export function firstDifference(a: Candidate, b: Candidate): number | undefined {
  if (a.rung === 'exact' && b.rung === 'exact') return undefined;
  const index = a.specificity.findIndex((value, position) => value !== b.specificity[position]);
  return index === -1 ? undefined : index;
}

/** Pairs of rules of different playbooks that some finding could match with nothing to choose between them. */
export function findTies(candidates: readonly Candidate[]): readonly (readonly [Candidate, Candidate])[] {
  const groups = new Map<string, Candidate[]>();
  for (const candidate of candidates) {
    const { source, trigger, rung, conditions, priority } = candidate;
    const place = rung === 'exact' ? (candidate.pattern?.toLowerCase() ?? '') : candidate.specificity.join();
    const key = [source, trigger, rung, conditions, priority, place].join(' ');
    groups.set(key, [...(groups.get(key) ?? []), candidate]);
  }
  return [...groups.values()].flatMap((group) =>
    group.flatMap((a, index) => group.slice(index + 1).flatMap((b) => (canTie(a, b) ? [[a, b] as const] : []))),
  );
}

function canTie(a: Candidate, b: Candidate): boolean {
  if (a.loaded.playbook.id === b.loaded.playbook.id) return false;
  if (a.pattern === undefined || b.pattern === undefined) return true;
  return overlap(a, b.pattern) && !excludes(a, b.pattern) && !excludes(b, a.pattern);
}

/**
 * True when one finding could fit both. Types are compared by segment: a type has one resource, so that `*:RDS/*` and `*:IAM/*` never meet, although
 * a star by itself could stand for the other's name.
 */
function overlap({ trigger, pattern = '*' }: Candidate, other: string): boolean {
  const [mine, theirs] = trigger === 'type' ? [segmentsOf(pattern), segmentsOf(other)] : [];
  if (mine === undefined || theirs === undefined) return globsOverlap(pattern, other);
  return mine.every((segment, index) => globsOverlap(segment, theirs[index] ?? '*'));
}

/** True when an `except` of the rule takes away everything the other pattern stands for. */
function excludes(candidate: Candidate, pattern: string): boolean {
  return candidate.rule.except?.some((glob) => globMatches(glob, pattern)) ?? false;
}
