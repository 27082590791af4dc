import { type PolicyStatement, parsePolicy } from '../iam/policy.ts';
import type { Bucket } from '../state/kinds.ts';

/** The keys by which a condition may narrow a public policy to known callers. Source: S3 user guide, "The meaning of public". */
const NARROWING = [
  'aws:sourceaccount',
  'aws:sourcearn',
  'aws:sourceip',
  'aws:sourcevpc',
  'aws:sourcevpce',
  'aws:principalorgid',
  'aws:principalaccount',
  'aws:principalarn',
  'aws:userid',
  's3:dataaccesspointaccount',
  's3:dataaccesspointarn',
];
const FIXING_OPERATORS = ['StringEquals', 'StringLike', 'StringEqualsIgnoreCase', 'ArnEquals', 'ArnLike', 'IpAddress'];

/** Whether a bucket policy grants anything to everybody: what GetBucketPolicyStatus reports. Undefined when there is no policy. */
export function policyIsPublic(bucket: Bucket): boolean | undefined {
  if (bucket.Policy === undefined) return undefined;
  const parsed = parsePolicy(bucket.Policy);
  // S3 takes what it cannot judge for public.
  return !parsed.ok || parsed.policy.Statement.some(isPublicStatement);
}

function isPublicStatement(statement: PolicyStatement): boolean {
  if (statement.Effect !== 'Allow') return false;
  const everybody =
    statement.NotPrincipal !== undefined ||
    statement.Principal === '*' ||
    (statement.Principal?.['AWS'] ?? []).some((name) => name.includes('*'));
  return everybody && !isNarrowed(statement);
}

function isNarrowed(statement: PolicyStatement): boolean {
  return Object.entries(statement.Condition ?? {}).some(
    ([operator, lines]) =>
      FIXING_OPERATORS.includes(operator) &&
      Object.entries(lines).some(
        ([key, values]) =>
          NARROWING.includes(key.toLowerCase()) &&
          values.every((value) => !/[*?$]/.test(value) && value !== '0.0.0.0/0' && value !== '::/0'),
      ),
  );
}
