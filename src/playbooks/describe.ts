import type { Finding } from '../domain/finding.ts';
import type { JsonObject } from '../domain/json.ts';
import type { MatchResult } from './match.ts';

/** One line of `cordon match`: what a finding is and which playbook takes it. Texts of the finding are as they came: escape before showing. */
export function describeMatch(finding: Finding, result: MatchResult, file: string): JsonObject {
  const { primary, runnerUp } = result;
  return {
    file,
    source: finding.source,
    id: finding.id,
    type: finding.type ?? null,
    control: finding.control ?? null,
    account: finding.accountId,
    region: finding.region,
    resources: finding.resources.map(({ type, id }) => ({ type, id })),
    severity: finding.severity,
    sample: finding.sample,
    playbook: primary.playbook.playbook.id,
    rung: primary.rung,
    why: primary.why,
    runnerUp:
      runnerUp === undefined ? null : { playbook: runnerUp.playbookId, rung: runnerUp.rung, rule: runnerUp.rule },
  };
}
