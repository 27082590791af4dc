import type { z } from 'zod';
import { Playbook } from '../domain/playbook.ts';
import { suggestion } from './did-you-mean.ts';
import type { Expanded } from './expand.ts';
import { schemaKeys } from './json-schema.ts';
import type { PlaybookProblem } from './problem.ts';

type Issue = z.core.$ZodIssue;

/** Names under which other tools run things by themselves. Refused by name, so that nobody believes they work. */
const AUTOMATION = ['auto', 'autowhen', 'autoapprove', 'autorun', 'automatic', 'automated', 'runautomatically'];

/** The expanded form against the schema: the playbook, or everything that is wrong with it. */
export function validate(
  expanded: Expanded,
): { readonly playbook: Playbook } | { readonly problems: readonly PlaybookProblem[] } {
  const parsed = Playbook.safeParse(expanded.value);
  if (parsed.success) return { playbook: parsed.data };
  return { problems: parsed.error.issues.flatMap((issue) => problemsOf(issue, issue.path, expanded)) };
}

function problemsOf(issue: Issue, path: readonly PropertyKey[], expanded: Expanded): readonly PlaybookProblem[] {
  if (issue.code === 'invalid_union') {
    const branch = nearestBranch(issue.errors);
    if (branch !== undefined) return branch.flatMap((inner) => problemsOf(inner, [...path, ...inner.path], expanded));
  }
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({ ...expanded.locate([...path, key]), ...unknownKey(key) }));
  const { message, hint } = describe(issue, path);
  return [{ ...expanded.locate(path), message, hint }];
}

/** Of the ways a value could have been meant, the one it comes closest to: unknown keys say most, then the fewest defects. */
function nearestBranch(branches: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  const strangers = (issues: readonly Issue[]) =>
    issues.filter(({ code, path }) => code === 'unrecognized_keys' || path.length === 0).length;
  return branches
    .filter((issues) => issues.length > 0)
    .toSorted((a, b) => strangers(a) - strangers(b) || a.length - b.length)[0];
}

function unknownKey(key: string): Pick<PlaybookProblem, 'message' | 'hint'> {
  if (AUTOMATION.includes(key.toLowerCase())) {
    return {
      message: `the key ${key} is refused: nothing in AWS changes without a person's approval of that exact plan`,
      hint: 'Take it out; a responder asks for the plan of a step and other people approve it.',
    };
  }
  return {
    message: `the key ${key} is not known here`,
    hint: suggestion(key, schemaKeys(), 'Take it out; the schema lists what may stand here.'),
  };
}

function describe(issue: Issue, path: readonly PropertyKey[]): Pick<PlaybookProblem, 'message' | 'hint'> {
  const name = String(path.at(-1) ?? 'it');
  if (issue.code === 'invalid_type' && issue.input === undefined && issue.message.endsWith('undefined')) {
    return { message: `${name} is missing`, hint: `Add ${name}.` };
  }
  const message = lowerFirst(issue.message);
  if (issue.code === 'invalid_value')
    return { message: `${name}: ${message}`, hint: `Use one of: ${issue.values.map(String).join(', ')}.` };
  if (issue.code === 'too_big') return { message: `${name} is too long or too large: ${message}`, hint: 'Shorten it.' };
  return { message: `${name}: ${message}`, hint: 'Correct the value.' };
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}
