import { isIPv4 } from 'node:net';
import { arnMatches, globMatches } from './glob.ts';

/** Condition keys of one request. Keys are compared without case; undefined is absent; a list is a multi-valued key. */
export type ConditionKeys = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Looks up a key, with the case of its name ignored. Absent keys give undefined. */
export function keyValues(keys: ConditionKeys, name: string): readonly string[] | undefined {
  const wanted = name.toLowerCase();
  for (const [key, value] of Object.entries(keys)) {
    if (key.toLowerCase() !== wanted || value === undefined) continue;
    return typeof value === 'string' ? [value] : value;
  }
  return undefined;
}

type Test = (given: string, wanted: string) => boolean;

interface Operator {
  readonly test: Test;
  /** A negated operator holds when no wanted value matches, and also when the key is absent. */
  readonly negated: boolean;
}

function positive(test: Test): Operator {
  return { test, negated: false };
}

function negative(test: Test): Operator {
  return { test, negated: true };
}

function sameText(a: string, b: string): boolean {
  return a === b;
}

function sameTextIgnoringCase(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

function likeText(given: string, wanted: string): boolean {
  return globMatches(wanted, given);
}

function likeArn(given: string, wanted: string): boolean {
  return arnMatches(wanted, given);
}

function numbers(compare: (a: number, b: number) => boolean): Test {
  return (given, wanted) => isNumber(given) && isNumber(wanted) && compare(Number(given), Number(wanted));
}

function isNumber(text: string): boolean {
  return text.trim() !== '' && Number.isFinite(Number(text));
}

function dates(compare: (a: number, b: number) => boolean): Test {
  return (given, wanted) => {
    const a = timeOf(given);
    const b = timeOf(wanted);
    return Number.isFinite(a) && Number.isFinite(b) && compare(a, b);
  };
}

/** ISO 8601, or seconds since 1970. */
function timeOf(text: string): number {
  return isNumber(text) ? Number(text) * 1000 : Date.parse(text);
}

function inNetwork(given: string, wanted: string): boolean {
  const [network = '', bits = '32'] = wanted.split('/');
  if (!isIPv4(given) || !isIPv4(network) || !isNumber(bits)) return false;
  const width = Number(bits);
  if (width < 0 || width > 32) return false;
  const divisor = 2 ** (32 - width);
  return Math.floor(ipNumber(given) / divisor) === Math.floor(ipNumber(network) / divisor);
}

function ipNumber(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

const OPERATORS: Readonly<Record<string, Operator>> = {
  StringEquals: positive(sameText),
  StringNotEquals: negative(sameText),
  StringEqualsIgnoreCase: positive(sameTextIgnoringCase),
  StringNotEqualsIgnoreCase: negative(sameTextIgnoringCase),
  StringLike: positive(likeText),
  StringNotLike: negative(likeText),
  ArnEquals: positive(likeArn),
  ArnLike: positive(likeArn),
  ArnNotEquals: negative(likeArn),
  ArnNotLike: negative(likeArn),
  Bool: positive(sameTextIgnoringCase),
  NumericEquals: positive(numbers((a, b) => a === b)),
  NumericNotEquals: negative(numbers((a, b) => a === b)),
  NumericLessThan: positive(numbers((a, b) => a < b)),
  NumericLessThanEquals: positive(numbers((a, b) => a <= b)),
  NumericGreaterThan: positive(numbers((a, b) => a > b)),
  NumericGreaterThanEquals: positive(numbers((a, b) => a >= b)),
  DateEquals: positive(dates((a, b) => a === b)),
  DateNotEquals: negative(dates((a, b) => a === b)),
  DateLessThan: positive(dates((a, b) => a < b)),
  DateLessThanEquals: positive(dates((a, b) => a <= b)),
  DateGreaterThan: positive(dates((a, b) => a > b)),
  DateGreaterThanEquals: positive(dates((a, b) => a >= b)),
  IpAddress: positive(inNetwork),
  NotIpAddress: negative(inNetwork),
};

/** A condition either holds, does not, or uses an operator nobody here knows, which the caller must take as the worse of the two. */
export type ConditionResult = 'holds' | 'fails' | 'unknown-operator';

type Quantifier = 'ForAllValues' | 'ForAnyValue' | undefined;

function readOperator(name: string): { quantifier: Quantifier; base: string; ifExists: boolean } {
  const match = /^(?:(ForAllValues|ForAnyValue):)?(\w+?)(IfExists)?$/.exec(name);
  const quantifier = match?.[1] === 'ForAllValues' || match?.[1] === 'ForAnyValue' ? match[1] : undefined;
  return { quantifier, base: match?.[2] ?? name, ifExists: match?.[3] !== undefined };
}

/**
 * Tests one line of a Condition block: an operator, a key and the values of which one must match.
 * Source of the rules for absent and multi-valued keys: IAM user guide, "Condition operators" and "Multivalued context keys".
 */
export function testCondition(
  operatorName: string,
  key: string,
  wanted: readonly string[],
  keys: ConditionKeys,
): ConditionResult {
  const { quantifier, base, ifExists } = readOperator(operatorName);
  const given = keyValues(keys, key);
  if (base === 'Null')
    return asResult(
      !quantifier && !ifExists && wanted.some((value) => value.toLowerCase() === String(given === undefined)),
    );
  const operator = Object.hasOwn(OPERATORS, base) ? OPERATORS[base] : undefined;
  if (!operator) return 'unknown-operator';
  if (given === undefined || given.length === 0)
    return asResult(ifExists || quantifier === 'ForAllValues' || (operator.negated && quantifier === undefined));
  return asResult(testValues(quantifier, operator, given, wanted));
}

function testValues(
  quantifier: Quantifier,
  operator: Operator,
  given: readonly string[],
  wanted: readonly string[],
): boolean {
  const one = (value: string): boolean => wanted.some((item) => operator.test(value, item)) !== operator.negated;
  if (quantifier === 'ForAnyValue') return given.some(one);
  if (quantifier === 'ForAllValues') return given.every(one);
  // Without a quantifier a key with several values is not something a policy may ask for; only a single value can hold.
  return given.length === 1 && given.every(one);
}

function asResult(holds: boolean): ConditionResult {
  return holds ? 'holds' : 'fails';
}
