import { isTree, type Tree } from '../wire/schemas.ts';
import type { Template } from './template.ts';

/** Where a stack stands and what it was given. */
export interface StackScope {
  readonly template: Template;
  readonly account: string;
  readonly region: string;
  readonly stackName: string;
  readonly parameters: Readonly<Record<string, string>>;
  /** `Ref` and `Fn::GetAtt` of a resource; undefined for an attribute nobody knows. */
  readonly attribute: (logicalId: string, attribute: string) => string | undefined;
}

/** Stands for a property that is to be left out (`AWS::NoValue`). */
const NO_VALUE = Symbol('AWS::NoValue');

/** The value of every parameter: given, or its default. Throws naming the ones that have neither, or that do not match their pattern. */
export function parameterValues(template: Template, given: Readonly<Record<string, string>>): Record<string, string> {
  const unknown = Object.keys(given).filter((name) => !Object.hasOwn(template.Parameters, name));
  if (unknown.length > 0) throw new Error(`the template has no parameter ${unknown.join(', ')}`);
  return Object.fromEntries(
    Object.entries(template.Parameters).map(([name, parameter]) => {
      const value = given[name] ?? parameter.Default;
      if (value === undefined) throw new Error(`the parameter ${name} has no default and was not given`);
      if (parameter.AllowedPattern !== undefined && !new RegExp(parameter.AllowedPattern).test(value))
        throw new Error(`the parameter ${name} does not match ${parameter.AllowedPattern}`);
      return [name, value];
    }),
  );
}

/** Whether a condition of the template holds. Throws when it does not exist. */
export function conditionHolds(scope: StackScope, name: string): boolean {
  if (!Object.hasOwn(scope.template.Conditions, name)) throw new Error(`the template has no condition ${name}`);
  return testCondition(scope, scope.template.Conditions[name]);
}

function testCondition(scope: StackScope, value: unknown): boolean {
  const [name, argument] = intrinsic(value) ?? [];
  const list = Array.isArray(argument) ? argument : [];
  switch (name) {
    case 'Condition':
      return conditionHolds(scope, String(argument));
    case 'Fn::Equals':
      return resolve(scope, list[0]) === resolve(scope, list[1]);
    case 'Fn::Not':
      return !testCondition(scope, list[0]);
    case 'Fn::And':
      return list.every((item) => testCondition(scope, item));
    case 'Fn::Or':
      return list.some((item) => testCondition(scope, item));
    default:
      throw new Error(`cannot test the condition ${JSON.stringify(value)}`);
  }
}

function intrinsic(value: unknown): [string, unknown] | undefined {
  if (!isTree(value)) return undefined;
  const [entry, ...others] = Object.entries(value);
  if (!entry || others.length > 0) return undefined;
  return entry[0] === 'Ref' || entry[0] === 'Condition' || entry[0].startsWith('Fn::') ? entry : undefined;
}

/** Replaces every intrinsic function in a value. Throws naming the first that is not known. */
export function resolve(scope: StackScope, value: unknown): unknown {
  const resolved = resolveOrNone(scope, value);
  return resolved === NO_VALUE ? undefined : resolved;
}

function resolveOrNone(scope: StackScope, value: unknown): unknown {
  const call = intrinsic(value);
  // A policy's own `Condition` block looks like the function of that name, but its argument is no text.
  if (call && !(call[0] === 'Condition' && typeof call[1] !== 'string'))
    return resolveIntrinsic(scope, call[0], call[1]);
  if (Array.isArray(value)) return value.map((item) => resolveOrNone(scope, item)).filter((item) => item !== NO_VALUE);
  if (!isTree(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, item]) => [key, resolveOrNone(scope, item)] as const)
      .filter(([, item]) => item !== NO_VALUE),
  );
}

function resolveIntrinsic(scope: StackScope, name: string, argument: unknown): unknown {
  switch (name) {
    case 'Ref':
      return argument === 'AWS::NoValue' ? NO_VALUE : ref(scope, String(argument));
    case 'Fn::GetAtt':
      return attribute(scope, argument);
    case 'Fn::Sub':
      return substitute(scope, argument);
    case 'Fn::Join':
      return join(scope, argument);
    case 'Fn::If':
      return choose(scope, argument);
    default:
      throw new Error(`the intrinsic function ${name} is not known here`);
  }
}

function ref(scope: StackScope, name: string): string {
  const pseudo: Tree = {
    'AWS::AccountId': scope.account,
    'AWS::Region': scope.region,
    'AWS::Partition': 'aws',
    'AWS::URLSuffix': 'amazonaws.com',
    'AWS::StackName': scope.stackName,
  };
  const found = pseudo[name] ?? scope.parameters[name] ?? scope.attribute(name, 'Ref');
  if (typeof found !== 'string') throw new Error(`Ref ${name}: no such parameter or resource`);
  return found;
}

function attribute(scope: StackScope, argument: unknown): string {
  const [id = '', ...rest] = Array.isArray(argument) ? argument.map(String) : String(argument).split('.');
  const found = scope.attribute(id, rest.join('.'));
  if (found === undefined) throw new Error(`Fn::GetAtt ${id}.${rest.join('.')}: not known here`);
  return found;
}

function substitute(scope: StackScope, argument: unknown): string {
  const [text, own] = Array.isArray(argument) ? [String(argument[0]), argument[1]] : [String(argument), {}];
  const variables: Tree = isTree(own) ? own : {};
  return text.replace(/\$\{([^}]+)\}/g, (_, name: string) => {
    if (name.startsWith('!')) return `\${${name.slice(1)}}`;
    if (Object.hasOwn(variables, name)) return String(resolve(scope, variables[name]));
    return name.includes('.') ? attribute(scope, name) : ref(scope, name);
  });
}

function join(scope: StackScope, argument: unknown): string {
  const [separator, parts] = Array.isArray(argument) ? argument : [];
  const values = resolve(scope, parts);
  if (typeof separator !== 'string' || !Array.isArray(values)) throw new Error('Fn::Join takes a separator and a list');
  return values.map(String).join(separator);
}

function choose(scope: StackScope, argument: unknown): unknown {
  const [name, yes, no] = Array.isArray(argument) ? argument : [];
  return resolveOrNone(scope, conditionHolds(scope, String(name)) ? yes : no);
}
