import { z } from 'zod';

const OneOrMany = z
  .union([z.string(), z.array(z.string())])
  .transform((value) => (typeof value === 'string' ? [value] : value));
const ConditionValue = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const ConditionValues = z
  .union([ConditionValue, z.array(ConditionValue)])
  .transform((value) => (typeof value === 'string' ? [value] : value));
const Principals = z.union([z.literal('*'), z.record(z.string(), OneOrMany)]);

const Statement = z.strictObject({
  Sid: z.string().optional(),
  Effect: z.enum(['Allow', 'Deny']),
  Principal: Principals.optional(),
  NotPrincipal: Principals.optional(),
  Action: OneOrMany.optional(),
  NotAction: OneOrMany.optional(),
  Resource: OneOrMany.optional(),
  NotResource: OneOrMany.optional(),
  Condition: z.record(z.string(), z.record(z.string(), ConditionValues)).optional(),
});

const Document = z.strictObject({
  Version: z.enum(['2012-10-17', '2008-10-17']).default('2008-10-17'),
  Id: z.string().optional(),
  Statement: z.union([Statement.transform((one) => [one]), z.array(Statement)]),
});

export type PolicyStatement = z.infer<typeof Statement>;
export type PolicyDocument = z.infer<typeof Document>;

/** What is wrong with a policy, in words, or the policy. */
export type ParsedPolicy =
  | { readonly ok: true; readonly policy: PolicyDocument }
  | { readonly ok: false; readonly problem: string };

/** Parses a policy from its text; strict, as AWS is: an element it does not know makes the whole policy malformed. */
export function parsePolicy(text: string): ParsedPolicy {
  try {
    return parsePolicyValue(JSON.parse(text));
  } catch (error) {
    return { ok: false, problem: error instanceof Error ? error.message : 'not JSON' };
  }
}

/** Parses a policy that is already an object (in a template). */
export function parsePolicyValue(value: unknown): ParsedPolicy {
  const parsed = Document.safeParse(value);
  if (!parsed.success) return { ok: false, problem: z.prettifyError(parsed.error) };
  const unclear = parsed.data.Statement.find((s) => (s.Action === undefined) === (s.NotAction === undefined));
  if (unclear) return { ok: false, problem: `statement ${unclear.Sid ?? ''} needs Action or NotAction, and not both` };
  return { ok: true, policy: parsed.data };
}

/** Identity and session policies must name resources and no principal. */
export function identityProblem(policy: PolicyDocument): string | undefined {
  for (const statement of policy.Statement) {
    if (statement.Principal ?? statement.NotPrincipal) return 'an identity policy names no principal';
    if ((statement.Resource === undefined) === (statement.NotResource === undefined))
      return `statement ${statement.Sid ?? ''} needs Resource or NotResource, and not both`;
  }
  return undefined;
}
