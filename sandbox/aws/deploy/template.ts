import { readFileSync } from 'node:fs';
import { z } from 'zod';

const Parameter = z.looseObject({
  Type: z.string(),
  Default: z.union([z.string(), z.number()]).transform(String).optional(),
  AllowedPattern: z.string().optional(),
});
const Resource = z.looseObject({
  Type: z.string(),
  Properties: z.record(z.string(), z.unknown()).default({}),
  Condition: z.string().optional(),
});

const Template = z.looseObject({
  Parameters: z.record(z.string(), Parameter).default({}),
  Conditions: z.record(z.string(), z.unknown()).default({}),
  Resources: z.record(z.string(), Resource),
});
export type Template = z.output<typeof Template>;

/** Reads a CloudFormation template in JSON. Throws with the path and what is wrong. */
export function readTemplate(path: string): Template {
  try {
    return parseTemplate(JSON.parse(readFileSync(path, 'utf8')));
  } catch (cause) {
    throw new Error(`cannot deploy the template ${path}: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}

/** Checks a template that is already parsed. Throws a ZodError. */
export function parseTemplate(value: unknown): Template {
  return Template.parse(value);
}
