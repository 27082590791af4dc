import type { Account } from '../domain/account.ts';
import type { Finding } from '../domain/finding.ts';
import type { Rung } from '../domain/incident.ts';
import type { LoadedPlaybook } from '../domain/playbook.ts';
import { type Candidate, candidatesOf, firstDifference, SPECIFICITY_NAMES, type Specificity } from './candidate.ts';
import { conditionsOf } from './check.ts';
import { evaluate } from './conditions.ts';
import { excepted, type Matcher, patternHolds, type Ranked, unmetConditions } from './match.ts';
import { assessSeverity } from './severity-policy.ts';

export interface Explanation {
  /** All that hold, best first. */
  readonly candidates: readonly ExplainedCandidate[];
  /** Rules whose pattern fits and that are out for another reason. */
  readonly rejected: readonly { readonly playbookId: string; readonly rule: string; readonly why: string }[];
  /** The primary playbook's own conditions on this finding. */
  readonly conditions: readonly {
    readonly field: string;
    readonly holds: boolean;
    readonly missing: readonly string[];
  }[];
  readonly severity: { readonly severity: string; readonly why: readonly string[] };
}

interface ExplainedCandidate {
  readonly playbookId: string;
  readonly rung: Rung;
  readonly rule: string;
  readonly specificity?: Specificity;
  readonly conditions?: number;
  readonly priority?: number;
  /** What put it before the next one, e.g. `family segment 2 over 1`; absent on the last. */
  readonly decidedBy?: string;
}

/** Why a finding goes where it goes: for `match --explain` and for authors. */
export function explain(
  playbooks: readonly LoadedPlaybook[],
  matcher: Matcher,
  finding: Finding,
  account: Account | undefined,
): Explanation {
  const ranked = matcher.ranked(finding, account);
  const [first] = ranked;
  return {
    candidates: ranked.map((one, index) => explained(one, ranked[index + 1])),
    rejected: playbooks.flatMap(candidatesOf).flatMap((candidate) => rejection(candidate, finding)),
    conditions: first === undefined ? [] : ownConditions(first, finding, account),
    severity:
      first === undefined
        ? { severity: finding.severity, why: [] }
        : assessSeverity(first.playbook.playbook, finding, { account }),
  };
}

function explained(one: Ranked, next: Ranked | undefined): ExplainedCandidate {
  const { candidate } = one;
  return {
    playbookId: one.playbook.playbook.id,
    rung: one.rung,
    rule: one.rule,
    ...(candidate && {
      specificity: candidate.specificity,
      conditions: candidate.conditions,
      priority: candidate.priority,
    }),
    ...(next && { decidedBy: decision(one, next) }),
  };
}

function decision(one: Ranked, next: Ranked): string {
  const [a, b] = [one.candidate, next.candidate];
  if (one.rung !== next.rung || a === undefined || b === undefined) return `rung ${one.rung} over ${next.rung}`;
  const at = firstDifference(a, b);
  if (at !== undefined) return `${SPECIFICITY_NAMES[at]} ${a.specificity[at]} over ${b.specificity[at]}`;
  return a.conditions === b.conditions
    ? `priority ${a.priority} over ${b.priority}`
    : `conditions ${a.conditions} over ${b.conditions}`;
}

function rejection(candidate: Candidate, finding: Finding): Explanation['rejected'] {
  if (candidate.source !== finding.source || !patternHolds(candidate, finding)) return [];
  const unmet = unmetConditions(candidate.rule, finding);
  const why = excepted(candidate, finding)
    ? 'except'
    : unmet.length > 0
      ? `does not hold: ${unmet.join(', ')}`
      : undefined;
  return why === undefined ? [] : [{ playbookId: candidate.loaded.playbook.id, rule: candidate.text, why }];
}

function ownConditions(
  { playbook }: Ranked,
  finding: Finding,
  account: Account | undefined,
): Explanation['conditions'] {
  const context = { finding, entity: finding.entities, account };
  return conditionsOf(playbook.playbook).map(({ path, condition }) => ({
    field: path.join('.'),
    ...evaluate(condition, context),
  }));
}
