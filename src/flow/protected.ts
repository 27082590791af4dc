import type { Plan, Refusal } from '../domain/plan.ts';
import type { Settings } from '../domain/settings.ts';
import { globMatches } from '../playbooks/glob.ts';

/**
 * A refusal when the plan's target, or anything that a step names, stands on the list `protected` of cordon.yaml. A claim plans again, so an entry holds from
 * the moment it is written. Protection by tag is each action's own, since it takes a read.
 */
export function refuseProtected(settings: Settings, plan: Plan): Refusal | undefined {
  const named = [
    plan.target.arn,
    ...plan.steps.flatMap((step) => step.iam.flatMap((statement) => statement.resources)),
  ];
  for (const entry of settings.protected) {
    const hit = named.find((arn) => globMatches(entry, arn));
    if (hit === undefined) continue;
    return {
      refused: 'protected',
      why: `${hit} is protected by the entry “${entry}” of cordon.yaml.`,
      hint: 'Do the step by hand, or take the entry out of `protected`.',
    };
  }
  return undefined;
}
