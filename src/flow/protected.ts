import type { Plan, Refusal } from '../domain/plan.ts';
import type { Settings } from '../domain/settings.ts';
import { globMatches } from '../playbooks/glob.ts';

/**
 * What an entry means, in the forms in which a plan may name it. The partition does not count; an IAM name is the same under any path, and a session's role is the role;
 * whoever protects an alias or a version protects the function, and whoever protects objects the bucket. Each form only adds protection.
 */
function formsOf(entry: string): readonly string[] {
  const [, , service, region, account, ...rest] = entry.split(':');
  const resource = rest.join(':');
  const of = (kind: string | undefined, place: string | undefined, what: string) =>
    `arn:*:${kind ?? ''}:${place ?? ''}:${account ?? ''}:${what}`;
  const same = of(service, region, resource);
  const [head = '', ...tail] = resource.split('/');
  switch (service) {
    case 'iam':
      return tail.length === 0 ? [same] : [same, of('iam', region, `${head}/*/${tail.at(-1) ?? ''}`)];
    case 'sts':
      return head === 'assumed-role'
        ? [same, of('iam', region, `role/${tail[0] ?? ''}`), of('iam', region, `role/*/${tail[0] ?? ''}`)]
        : [same];
    case 'lambda':
      return rest[0] === 'function' ? [same, of('lambda', region, `function:${rest[1] ?? ''}`)] : [same];
    case 's3':
      return [same, of('s3', region, head)];
    default:
      return [same];
  }
}

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
    const forms = formsOf(entry);
    const hit = named.find((arn) => forms.some((form) => globMatches(form, arn)));
    if (hit === undefined) continue;
    return {
      refused: 'protected',
      why: `${hit} is protected by the entry “${entry}” of cordon.yaml.`,
      hint: 'Do the step by hand, or take the entry out of `protected`.',
    };
  }
  return undefined;
}
