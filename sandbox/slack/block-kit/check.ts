import { isObject, type JsonObject } from '../json.ts';

/** Collects what is wrong and where; `at` is a JSON pointer. */
export type Report = (at: string, message: string) => void;

/** Looks at one value and reports what Slack would refuse. */
export type Check = (value: unknown, at: string, report: Report) => void;

/** A JSON object with these fields and no others. */
export function object(fields: {
  readonly required?: Readonly<Record<string, Check>>;
  readonly optional?: Readonly<Record<string, Check>>;
}): Check {
  const required = fields.required ?? {};
  const known = { ...fields.optional, ...required };
  return (value, at, report) => {
    if (!isObject(value)) return report(at, 'must provide an object');
    for (const key of Object.keys(required)) {
      if (value[key] === undefined) report(at, `missing required field: ${key}`);
    }
    for (const [key, field] of Object.entries(value)) {
      const check = known[key];
      if (!check) report(at, `invalid additional property: ${key}`);
      else if (field !== undefined) check(field, `${at}/${key}`, report);
    }
  };
}

/** An object told apart by its `type`. */
export function byType(table: Readonly<Record<string, Check>>): Check {
  return (value, at, report) => {
    if (!isObject(value)) return report(at, 'must provide an object');
    const type = value['type'];
    const check = typeof type === 'string' && Object.hasOwn(table, type) ? table[type] : undefined;
    if (check) check(value, at, report);
    else report(`${at}/type`, `unsupported type: ${String(type)}`);
  };
}

/** A string; lengths are inclusive. */
export function string(limits: { readonly min?: number; readonly max?: number } = {}): Check {
  return (value, at, report) => {
    if (typeof value !== 'string') return report(at, 'must provide a string');
    if (value.length < (limits.min ?? 0)) report(at, `must be more than ${(limits.min ?? 0) - 1} characters`);
    if (limits.max !== undefined && value.length > limits.max)
      report(at, `must be less than ${limits.max + 1} characters`);
  };
}

/** An http or https address. */
export function url(max: number): Check {
  const inner = string({ min: 1, max });
  return (value, at, report) => {
    inner(value, at, report);
    if (typeof value === 'string' && !/^https?:\/\/\S+$/.test(value)) report(at, 'must provide a valid URL');
  };
}

export const boolean: Check = (value, at, report) => {
  if (typeof value !== 'boolean') report(at, 'must provide a boolean');
};

/** A whole number within inclusive bounds. */
export function integer(min: number, max: number): Check {
  return (value, at, report) => {
    if (!Number.isInteger(value) || Number(value) < min || Number(value) > max)
      report(at, `must be an integer from ${min} to ${max}`);
  };
}

/** One of the listed strings. */
export function oneOf(...allowed: readonly string[]): Check {
  return (value, at, report) => {
    if (typeof value !== 'string' || !allowed.includes(value)) report(at, `must be one of: ${allowed.join(', ')}`);
  };
}

/** A list; counts are inclusive. */
export function list(item: Check, limits: { readonly min?: number; readonly max?: number } = {}): Check {
  return (value, at, report) => {
    if (!Array.isArray(value)) return report(at, 'must provide an array');
    if (value.length < (limits.min ?? 0)) report(at, `no less than ${limits.min} items allowed`);
    if (limits.max !== undefined && value.length > limits.max) report(at, `no more than ${limits.max} items allowed`);
    value.forEach((entry, index) => {
      item(entry, `${at}/${index}`, report);
    });
  };
}

/** Adds a rule over the whole object to a check. */
export function withRule(check: Check, rule: (value: JsonObject, at: string, report: Report) => void): Check {
  return (value, at, report) => {
    check(value, at, report);
    if (isObject(value)) rule(value, at, report);
  };
}

/** Runs a check and returns its messages in Slack's form. */
export function problemsOf(check: Check, value: unknown, at: string): readonly string[] {
  const problems: string[] = [];
  check(value, at, (pointer, message) => void problems.push(`[ERROR] ${message} [json-pointer:${pointer}]`));
  return problems;
}
