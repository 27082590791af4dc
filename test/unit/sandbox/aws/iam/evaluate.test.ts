// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policies spell their variables so
import { expect, test } from 'vitest';
import { evaluate } from '../../../../../sandbox/aws/iam/evaluate.ts';
import { type PolicyDocument, parsePolicyValue } from '../../../../../sandbox/aws/iam/policy.ts';

type Json = Record<string, unknown>;

const KEY = 'arn:aws:iam::333333333331:user/service/ci-deploy';
const GROUP = 'arn:aws:ec2:eu-west-1:333333333333:security-group/sg-0123456789abcdef0';

function policy(...statements: Json[]): PolicyDocument {
  const parsed = parsePolicyValue({ Version: '2012-10-17', Statement: statements });
  if (!parsed.ok) throw new Error(parsed.problem);
  return parsed.policy;
}

function allow(rest: Json = {}): Json {
  return { Effect: 'Allow', Action: '*', Resource: '*', ...rest };
}

function deny(rest: Json = {}): Json {
  return { Effect: 'Deny', Action: '*', Resource: '*', ...rest };
}

/** An Allow under one condition. */
function when(condition: Json): Json[] {
  return [allow({ Condition: condition })];
}

/** A Deny under one condition, beside an Allow of everything. */
function unless(condition: Json): Json[] {
  return [allow(), deny({ Condition: condition })];
}

interface Row {
  readonly name: string;
  readonly identity: Json[];
  readonly session?: Json[];
  readonly boundary?: Json[];
  readonly action?: string;
  readonly resource?: string;
  readonly keys?: Record<string, string | string[]>;
  readonly allowed: boolean;
}

const ROWS: Row[] = [
  { name: 'nothing allows', identity: [], allowed: false },
  { name: 'an allow of everything', identity: [allow()], allowed: true },
  { name: 'an allow of another action', identity: [allow({ Action: 'iam:GetUser' })], allowed: false },
  { name: 'actions are compared without case', identity: [allow({ Action: 'IAM:updateaccesskey' })], allowed: true },
  { name: 'a star in the action', identity: [allow({ Action: 'iam:*AccessKey' })], allowed: true },
  {
    name: 'a question mark stands for one character',
    identity: [allow({ Action: 'iam:UpdateAccessKe?' })],
    allowed: true,
  },
  {
    name: 'a question mark does not stand for none',
    identity: [allow({ Action: 'iam:UpdateAccessKey?' })],
    allowed: false,
  },
  {
    name: 'one of several actions',
    identity: [allow({ Action: ['iam:GetUser', 'iam:UpdateAccessKey'] })],
    allowed: true,
  },
  {
    name: 'NotAction leaves the action out',
    identity: [allow({ Action: undefined, NotAction: 'iam:Update*' })],
    allowed: false,
  },
  { name: 'NotAction names others', identity: [allow({ Action: undefined, NotAction: 's3:*' })], allowed: true },
  { name: 'the very resource', identity: [allow({ Resource: KEY })], allowed: true },
  { name: 'a sibling resource', identity: [allow({ Resource: `${KEY}2` })], allowed: false },
  { name: 'a star over a path', identity: [allow({ Resource: 'arn:aws:iam::333333333331:user/*' })], allowed: true },
  { name: 'resources are compared with case', identity: [allow({ Resource: KEY.toUpperCase() })], allowed: false },
  { name: 'another account', identity: [allow({ Resource: 'arn:aws:iam::333333333332:user/*' })], allowed: false },
  {
    name: 'NotResource leaves the resource out',
    identity: [allow({ Resource: undefined, NotResource: KEY })],
    allowed: false,
  },
  {
    name: 'NotResource names others',
    identity: [allow({ Resource: undefined, NotResource: 'arn:aws:s3:::*' })],
    allowed: true,
  },
  {
    name: 'an ARN pattern does not cover an action without resources',
    identity: [allow({ Resource: 'arn:aws:ec2:*' })],
    resource: '*',
    allowed: false,
  },
  { name: 'an explicit deny wins', identity: [allow(), deny({ Action: 'iam:UpdateAccessKey' })], allowed: false },
  { name: 'a deny of something else does not matter', identity: [allow(), deny({ Action: 's3:*' })], allowed: true },
  { name: 'a deny before the allow wins as well', identity: [deny({ Resource: KEY }), allow()], allowed: false },
  { name: 'both identity and session allow', identity: [allow()], session: [allow({ Resource: KEY })], allowed: true },
  {
    name: 'the session allows less',
    identity: [allow()],
    session: [allow({ Resource: `${KEY}-other` })],
    allowed: false,
  },
  { name: 'the session cannot allow more', identity: [allow({ Action: 's3:*' })], session: [allow()], allowed: false },
  { name: 'an empty session policy allows nothing', identity: [allow()], session: [], allowed: false },
  { name: 'the session denies', identity: [allow()], session: [allow(), deny()], allowed: false },
  { name: 'the boundary allows', identity: [allow()], boundary: [allow({ Action: 'iam:*' })], allowed: true },
  { name: 'the boundary does not allow', identity: [allow()], boundary: [allow({ Action: 's3:*' })], allowed: false },
  {
    name: 'StringEquals holds',
    identity: when({ StringEquals: { 'aws:RequestedRegion': 'eu-west-1' } }),
    keys: { 'aws:RequestedRegion': 'eu-west-1' },
    allowed: true,
  },
  {
    name: 'StringEquals, another Region',
    identity: when({ StringEquals: { 'aws:RequestedRegion': 'eu-west-1' } }),
    keys: { 'aws:RequestedRegion': 'us-east-1' },
    allowed: false,
  },
  {
    name: 'StringEquals, one of two values',
    identity: when({ StringEquals: { k: ['a', 'b'] } }),
    keys: { k: 'b' },
    allowed: true,
  },
  { name: 'StringEquals, the key is absent', identity: when({ StringEquals: { k: 'a' } }), allowed: false },
  {
    name: 'StringEqualsIfExists, the key is absent',
    identity: when({ StringEqualsIfExists: { k: 'a' } }),
    allowed: true,
  },
  {
    name: 'StringEqualsIfExists, the key differs',
    identity: when({ StringEqualsIfExists: { k: 'a' } }),
    keys: { k: 'b' },
    allowed: false,
  },
  {
    name: 'names of keys are compared without case',
    identity: when({ StringEquals: { 'AWS:requestedregion': 'x' } }),
    keys: { 'aws:RequestedRegion': 'x' },
    allowed: true,
  },
  {
    name: 'StringEquals takes no wildcard',
    identity: when({ StringEquals: { k: 'a*' } }),
    keys: { k: 'abc' },
    allowed: false,
  },
  {
    name: 'StringEqualsIgnoreCase',
    identity: when({ StringEqualsIgnoreCase: { k: 'ABC' } }),
    keys: { k: 'abc' },
    allowed: true,
  },
  { name: 'StringNotEquals holds', identity: when({ StringNotEquals: { k: 'a' } }), keys: { k: 'b' }, allowed: true },
  {
    name: 'StringNotEquals, any value that matches fails it',
    identity: when({ StringNotEquals: { k: ['a', 'b'] } }),
    keys: { k: 'b' },
    allowed: false,
  },
  { name: 'StringNotEquals holds for an absent key', identity: when({ StringNotEquals: { k: 'a' } }), allowed: true },
  {
    name: 'StringLike with a star',
    identity: when({ StringLike: { k: 'run-*' } }),
    keys: { k: 'run-42' },
    allowed: true,
  },
  {
    name: 'StringLike does not search inside',
    identity: when({ StringLike: { k: 'run-*' } }),
    keys: { k: 'my-run-42' },
    allowed: false,
  },
  { name: 'StringNotLike', identity: when({ StringNotLike: { k: 'run-*' } }), keys: { k: 'run-42' }, allowed: false },
  {
    name: 'ArnLike part by part',
    identity: when({ ArnLike: { k: 'arn:aws:iam::*:role/cordon-*' } }),
    keys: { k: 'arn:aws:iam::222222222222:role/cordon-hub' },
    allowed: true,
  },
  {
    name: 'ArnLike, a star does not reach over a colon',
    identity: when({ ArnLike: { k: 'arn:aws:*:role/cordon-hub' } }),
    keys: { k: 'arn:aws:iam::222222222222:role/cordon-hub' },
    allowed: false,
  },
  {
    name: 'ArnEquals takes wildcards too',
    identity: when({ ArnEquals: { k: 'arn:aws:iam::222222222222:role/*' } }),
    keys: { k: 'arn:aws:iam::222222222222:role/cordon-hub' },
    allowed: true,
  },
  {
    name: 'ArnNotLike',
    identity: when({ ArnNotLike: { k: 'arn:aws:iam::*:role/cordon-*' } }),
    keys: { k: 'arn:aws:iam::222222222222:role/cordon-hub' },
    allowed: false,
  },
  { name: 'Bool', identity: when({ Bool: { k: 'true' } }), keys: { k: 'true' }, allowed: true },
  { name: 'Bool, absent', identity: when({ Bool: { k: 'false' } }), allowed: false },
  { name: 'Null true asks for absence', identity: when({ Null: { k: 'true' } }), allowed: true },
  { name: 'Null true, present', identity: when({ Null: { k: 'true' } }), keys: { k: 'x' }, allowed: false },
  { name: 'Null false asks for presence', identity: when({ Null: { k: 'false' } }), keys: { k: 'x' }, allowed: true },
  { name: 'Null false, absent', identity: when({ Null: { k: 'false' } }), allowed: false },
  { name: 'NumericLessThan', identity: when({ NumericLessThan: { k: '10' } }), keys: { k: '9' }, allowed: true },
  {
    name: 'NumericLessThan compares numbers and not text',
    identity: when({ NumericLessThan: { k: '10' } }),
    keys: { k: '100' },
    allowed: false,
  },
  {
    name: 'NumericLessThanEquals of what is no number',
    identity: when({ NumericLessThanEquals: { k: '10' } }),
    keys: { k: 'ten' },
    allowed: false,
  },
  {
    name: 'NumericGreaterThanEquals',
    identity: when({ NumericGreaterThanEquals: { k: '10' } }),
    keys: { k: '10' },
    allowed: true,
  },
  {
    name: 'DateLessThan',
    identity: when({ DateLessThan: { k: '2026-01-02T00:00:00Z' } }),
    keys: { k: '2026-01-01T23:59:59Z' },
    allowed: true,
  },
  {
    name: 'DateGreaterThan',
    identity: when({ DateGreaterThan: { k: '2026-01-02T00:00:00Z' } }),
    keys: { k: '2026-01-01T23:59:59Z' },
    allowed: false,
  },
  {
    name: 'IpAddress inside',
    identity: when({ IpAddress: { k: '192.0.2.0/24' } }),
    keys: { k: '192.0.2.200' },
    allowed: true,
  },
  {
    name: 'IpAddress outside',
    identity: when({ IpAddress: { k: '192.0.2.0/25' } }),
    keys: { k: '192.0.2.200' },
    allowed: false,
  },
  {
    name: 'NotIpAddress',
    identity: when({ NotIpAddress: { k: '192.0.2.0/24' } }),
    keys: { k: '198.51.100.1' },
    allowed: true,
  },
  {
    name: 'ForAllValues, all known',
    identity: when({ 'ForAllValues:StringEquals': { k: ['a', 'b'] } }),
    keys: { k: ['a', 'b'] },
    allowed: true,
  },
  {
    name: 'ForAllValues, one more',
    identity: when({ 'ForAllValues:StringEquals': { k: ['a', 'b'] } }),
    keys: { k: ['a', 'c'] },
    allowed: false,
  },
  {
    name: 'ForAllValues holds for an absent key',
    identity: when({ 'ForAllValues:StringEquals': { k: ['a'] } }),
    allowed: true,
  },
  {
    name: 'ForAnyValue, one known',
    identity: when({ 'ForAnyValue:StringLike': { k: ['a*'] } }),
    keys: { k: ['z', 'abc'] },
    allowed: true,
  },
  { name: 'ForAnyValue, absent', identity: when({ 'ForAnyValue:StringEquals': { k: ['a'] } }), allowed: false },
  {
    name: 'several values without a quantifier',
    identity: when({ StringEquals: { k: ['a', 'b'] } }),
    keys: { k: ['a', 'b'] },
    allowed: false,
  },
  {
    name: 'two operators are joined by and',
    identity: when({ StringEquals: { a: '1' }, StringLike: { b: '2*' } }),
    keys: { a: '1', b: '3' },
    allowed: false,
  },
  {
    name: 'two keys of one operator are joined by and',
    identity: when({ StringEquals: { a: '1', b: '2' } }),
    keys: { a: '1', b: '2' },
    allowed: true,
  },
  {
    name: 'an unknown operator in an allow',
    identity: when({ StringResembles: { k: 'a' } }),
    keys: { k: 'a' },
    allowed: false,
  },
  {
    name: 'an unknown operator with IfExists in an allow',
    identity: when({ StringResemblesIfExists: { k: 'a' } }),
    allowed: false,
  },
  {
    name: 'an unknown operator in a deny counts against the caller',
    identity: unless({ StringResembles: { k: 'a' } }),
    keys: { k: 'b' },
    allowed: false,
  },
  {
    name: 'a name that every object has is no operator',
    identity: when({ constructor: { k: 'a' } }),
    keys: { k: 'a' },
    allowed: false,
  },
  {
    name: 'a deny whose condition fails',
    identity: unless({ StringEquals: { k: 'a' } }),
    keys: { k: 'b' },
    allowed: true,
  },
  { name: 'a deny for an absent key', identity: unless({ Null: { k: 'true' } }), allowed: false },
  {
    name: 'a variable is filled in',
    identity: when({ StringEquals: { k: '${aws:PrincipalAccount}' } }),
    keys: { k: '1', 'aws:PrincipalAccount': '1' },
    allowed: true,
  },
  {
    name: 'a variable without a value in an allow',
    identity: when({ StringLike: { k: '${aws:PrincipalTag/team}*' } }),
    keys: { k: 'x' },
    allowed: false,
  },
  {
    name: 'a variable without a value in a deny',
    identity: unless({ StringNotEquals: { k: '${aws:PrincipalTag/team}' } }),
    keys: { k: 'x' },
    allowed: false,
  },
  {
    name: 'a variable may not smuggle a wildcard',
    identity: when({ StringLike: { k: '${tag}' } }),
    keys: { k: 'anything', tag: '*' },
    allowed: false,
  },
  {
    name: 'a variable in a resource',
    identity: [allow({ Resource: 'arn:aws:iam::${aws:PrincipalAccount}:user/*' })],
    keys: { 'aws:PrincipalAccount': '333333333331' },
    allowed: true,
  },
  {
    name: 'a tag of the resource',
    identity: when({ StringEquals: { 'aws:ResourceTag/cordon:run': 'r1' } }),
    action: 'ec2:DeleteSecurityGroup',
    resource: GROUP,
    keys: { 'aws:ResourceTag/cordon:run': 'r2' },
    allowed: false,
  },
];

test('the table is long enough to mean something', () => {
  expect(ROWS.length).toBeGreaterThanOrEqual(40);
  expect(new Set(ROWS.map(({ name }) => name)).size).toBe(ROWS.length);
});

test.each(ROWS)('$name: $allowed', (row) => {
  const decision = evaluate(
    {
      identity: [policy(...row.identity)],
      session: row.session && [policy(...row.session)],
      boundary: row.boundary && [policy(...row.boundary)],
    },
    { action: row.action ?? 'iam:UpdateAccessKey', resource: row.resource ?? KEY, keys: row.keys ?? {} },
  );
  expect(decision.allowed).toBe(row.allowed);
});

test('the decision names the kind of policy and whether it was explicit', () => {
  const request = { action: 'iam:UpdateAccessKey', resource: KEY, keys: {} };
  expect(evaluate({ identity: [] }, request)).toEqual({
    allowed: false,
    explicit: false,
    policyType: 'identity-based policy',
  });
  expect(evaluate({ identity: [policy(allow())], session: [policy(deny())] }, request)).toEqual({
    allowed: false,
    explicit: true,
    policyType: 'session policy',
  });
  expect(evaluate({ identity: [policy(allow())], session: [policy()] }, request)).toEqual({
    allowed: false,
    explicit: false,
    policyType: 'session policy',
  });
});

test.each([
  ['an element nobody knows', { Effect: 'Allow', Action: '*', Resource: '*', Actions: 's3:*' }],
  ['an effect nobody knows', { Effect: 'allow', Action: '*', Resource: '*' }],
  ['no action', { Effect: 'Allow', Resource: '*' }],
  ['action and its opposite', { Effect: 'Allow', Action: '*', NotAction: 's3:*', Resource: '*' }],
])('a policy with %s is malformed', (_name, statement) => {
  expect(parsePolicyValue({ Version: '2012-10-17', Statement: [statement] }).ok).toBe(false);
});
