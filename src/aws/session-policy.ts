import { CordonError } from '../domain/errors.ts';
import { canonicalJson } from '../domain/json.ts';
import type { Statement } from '../domain/plan.ts';

/** STS takes 2,048 characters of session policy, https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
export const SESSION_POLICY_LIMIT = 2_048;

/** Services without Regions: their requests count as us-east-1, so that a Region condition would deny them. */
const GLOBAL_SERVICES = ['iam', 'sts'];

/**
 * The policy of one act session: the statements of the approved plan, each pinned to the plan's Region, in as few characters as AWS lets us write them.
 * Throws `session_policy_too_large`.
 */
export function sessionPolicy(statements: readonly Statement[], region: string): string {
  const pinned = statements.flatMap((statement) => pin(statement, region));
  const merged = mergeResources(mergeActions(pinned));
  const text = JSON.stringify({ Version: '2012-10-17', Statement: merged.map(render) });
  if (text.length <= SESSION_POLICY_LIMIT) return text;
  throw new CordonError(
    'session_policy_too_large',
    `The plan needs a session policy of ${text.length} characters; AWS takes ${SESSION_POLICY_LIMIT}.`,
    {
      hint: 'Nothing was sent. Act on fewer things at once, or do the step by hand.',
    },
  );
}

function pin(statement: Statement, region: string): readonly Statement[] {
  const isGlobal = (action: string) => GLOBAL_SERVICES.includes(action.split(':')[0] ?? '');
  const everywhere = statement.actions.filter(isGlobal);
  const regional = statement.actions.filter((action) => !isGlobal(action));
  const condition = {
    ...statement.condition,
    StringEquals: { ...statement.condition?.['StringEquals'], 'aws:RequestedRegion': region },
  };
  return [
    ...(everywhere.length > 0 ? [{ ...statement, actions: everywhere }] : []),
    ...(regional.length > 0 ? [{ ...statement, actions: regional, condition }] : []),
  ];
}

/** Statements on the same resources under the same condition become one: that grants the same. */
function mergeActions(statements: readonly Statement[]): readonly Statement[] {
  return mergeBy(
    statements,
    (it) => [sorted(it.resources), it.condition],
    (a, b) => ({ ...a, actions: sorted([...a.actions, ...b.actions]) }),
  );
}

/** Likewise for the same actions on several resources. */
function mergeResources(statements: readonly Statement[]): readonly Statement[] {
  return mergeBy(
    statements,
    (it) => [sorted(it.actions), it.condition],
    (a, b) => ({ ...a, resources: sorted([...a.resources, ...b.resources]) }),
  );
}

function mergeBy(
  statements: readonly Statement[],
  keyOf: (statement: Statement) => unknown,
  merge: (a: Statement, b: Statement) => Statement,
): readonly Statement[] {
  const merged = new Map<string, Statement>();
  for (const statement of statements) {
    const key = canonicalJson(keyOf(statement));
    const held = merged.get(key);
    merged.set(key, held === undefined ? statement : merge(held, statement));
  }
  return [...merged.values()];
}

function sorted(values: readonly string[]): readonly string[] {
  return [...new Set(values)].sort();
}

function render({ actions, resources, condition }: Statement): object {
  return {
    Effect: 'Allow',
    Action: one(actions),
    Resource: one(resources),
    ...(condition === undefined ? {} : { Condition: condition }),
  };
}

function one(values: readonly string[]): string | readonly string[] {
  return values.length === 1 && values[0] !== undefined ? values[0] : values;
}
