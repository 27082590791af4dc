import type { Finding } from '../domain/finding.ts';
import type { Incident } from '../domain/incident.ts';
import { hashOf } from '../domain/json.ts';
import type { Risk } from '../domain/plan.ts';
import { type Phase, type Step, stepsOf as stepsOfPlaybook } from '../domain/playbook.ts';
import { evaluate } from '../playbooks/conditions.ts';
import { resolveParams } from '../playbooks/refs.ts';
import type { Deps } from '../ports.ts';
import { paramContext } from './make-plan.ts';

/** One thing a responder can do next: a step of the playbook on one target of the incident. */
export interface StepOption {
  readonly phase: Phase;
  readonly stepId: string;
  readonly title: string;
  readonly guidance: string | null;
  /** The finding whose entities fill the parameters; empty for manual guidance. */
  readonly findingKey: string;
  /** The resolved parameter that names the target; hostile text. */
  readonly target: string | null;
  readonly action: { readonly id: string; readonly risk: Risk } | null;
  readonly runnable: boolean;
  readonly whyNot: string | null;
}

/** Every step of the incident's playbook in order; a step that runs stands once for each different target. */
export async function stepsOf(
  deps: Pick<Deps, 'store' | 'playbooks' | 'settings' | 'actions'>,
  incident: Incident,
): Promise<readonly StepOption[]> {
  const loaded = (await deps.playbooks.current()).get(incident.playbookId);
  if (!loaded) return [];
  const settings = await deps.settings.current();
  const account = settings.accounts.find((one) => one.id === incident.accountId);
  const findings = (await deps.store.read.findings.ofIncident(incident.id)).map((row) => row.finding);
  return stepsOfPlaybook(loaded.playbook).flatMap(({ phase, step }) => {
    const action = step.action && deps.actions.get(step.action.use);
    if (!action)
      return [manual(phase, step, step.action ? `${step.action.use} is done by hand in this version` : null)];
    const base = {
      phase,
      stepId: step.id,
      title: step.title,
      guidance: step.guidance ?? null,
      action: { id: action.id, risk: action.risk },
    };
    if (incident.sample)
      return [{ ...base, findingKey: '', target: null, runnable: false, whyNot: 'a sample finding is never acted on' }];
    if (!account)
      return [
        { ...base, findingKey: '', target: null, runnable: false, whyNot: 'the account is not listed in cordon.yaml' },
      ];
    return targets(step, findings, { account, incident }).map((target) => ({ ...base, ...target }));
  });
}

function manual(phase: Phase, step: Step, whyNot: string | null): StepOption {
  return {
    phase,
    stepId: step.id,
    title: step.title,
    guidance: step.guidance ?? null,
    findingKey: '',
    target: null,
    action: null,
    runnable: false,
    whyNot,
  };
}

type Targets = Pick<StepOption, 'findingKey' | 'target' | 'runnable' | 'whyNot'>[];

function targets(
  step: Step,
  findings: readonly Finding[],
  place: Omit<Parameters<typeof paramContext>[0], 'finding'>,
): Targets {
  const seen = new Map<string, Targets[number]>();
  for (const finding of findings) {
    const context = paramContext({ finding, ...place });
    if (step.when && !evaluate(step.when, context).holds) continue;
    const resolved = resolveParams(step, context);
    if ('missing' in resolved) continue;
    const [target] = Object.values(resolved.params);
    const key = hashOf(resolved.params);
    if (!seen.has(key))
      seen.set(key, {
        findingKey: finding.key,
        target: target === undefined ? null : String(target),
        runnable: true,
        whyNot: null,
      });
  }
  if (seen.size > 0) return [...seen.values()];
  return [
    {
      findingKey: '',
      target: null,
      runnable: false,
      whyNot: 'no finding of this incident names a target that the step is for',
    },
  ];
}
