import { z } from 'zod';
import type { PlanContext } from './action.ts';
import { readAs, readAsOptional } from './answer.ts';

const MappingsAnswer = z.object({
  EventSourceMappings: z
    .array(z.object({ EventSourceArn: z.string().optional(), State: z.string().default('unknown') }))
    .default([]),
  NextMarker: z.string().optional(),
});
const UrlAnswer = z.object({ AuthType: z.enum(['AWS_IAM', 'NONE']) });
const PolicyAnswer = z.object({ Policy: z.string() });
const Principals = z.union([z.string().transform((one) => [one]), z.array(z.string())]);
const PolicyDocument = z.object({
  Statement: z.array(
    z.object({
      Effect: z.enum(['Allow', 'Deny']),
      Principal: z.union([z.literal('*'), z.record(z.string(), Principals)]).optional(),
    }),
  ),
});

/** More than this many are counted and not listed: nobody reads them before they approve. */
const MAX_LISTED = 5;

/** What calls a function and is left standing when it runs no more, one sentence each, the same whatever the order AWS lists them in. */
export async function triggersOf(
  context: PlanContext,
  fn: { readonly name: string; readonly arn: string },
): Promise<readonly string[]> {
  const about = { FunctionName: fn.name };
  const call = (operation: string) => ({ service: 'lambda', operation, input: about }) as const;
  const mappings = await readAs(context, call('ListEventSourceMappings'), MappingsAnswer);
  const url = await readAsOptional(context, call('GetFunctionUrlConfig'), UrlAnswer, ['ResourceNotFound']);
  const policy = await readAsOptional(context, call('GetPolicy'), PolicyAnswer, ['ResourceNotFound']);
  const found = [
    ...sources(mappings),
    ...(url === undefined ? [] : [urlSentence(url.AuthType)]),
    ...(policy === undefined ? [] : callers(policy.Policy)),
  ];
  return found.length > 0 ? found : ['No trigger of it is known to Lambda; whoever has the right may still call it.'];
}

function sources({ EventSourceMappings: all, NextMarker: more }: z.infer<typeof MappingsAnswer>): readonly string[] {
  const names = all.map(({ EventSourceArn, State }) => `${EventSourceArn ?? 'a stream outside of AWS'} (${State})`);
  const listed = names.sort().slice(0, MAX_LISTED);
  const left = names.length - listed.length;
  return [
    ...listed.map((name) => `It reads ${name}: what arrives there waits, until it expires.`),
    ...(left > 0 || more !== undefined ? [`It reads ${more === undefined ? left : 'many'} more.`] : []),
  ];
}

function urlSentence(auth: 'AWS_IAM' | 'NONE'): string {
  return auth === 'NONE'
    ? 'It has a function URL that everybody can call: it answers 429 from now on.'
    : 'It has a function URL for signed requests: it answers 429 from now on.';
}

/** Whom the resource policy lets call it. A policy that cannot be read is said to be there, and no more. */
function callers(text: string): readonly string[] {
  const policy = PolicyDocument.safeParse(jsonOf(text));
  if (!policy.success) return ['It has a resource policy of a form that Cordon does not know: look at it by hand.'];
  const allowed = policy.data.Statement.filter(({ Effect }) => Effect === 'Allow');
  const names = new Set(
    allowed.flatMap(({ Principal }) => (Principal === '*' ? ['*'] : Object.values(Principal ?? {}).flat())),
  );
  if (names.size === 0) return [];
  const listed = [...names].sort().slice(0, MAX_LISTED).map(nameOf);
  const left = names.size - listed.length;
  return [`Its policy lets call it: ${listed.join(', ')}${left > 0 ? ` and ${left} more` : ''}.`];
}

function nameOf(principal: string): string {
  return principal === '*' ? 'everybody' : principal;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON is one more form that is not known; the sentence above says so.
    return undefined;
  }
}
