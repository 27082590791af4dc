import type { z } from 'zod';
import { CordonError } from '../domain/errors.ts';
import type { Json } from '../domain/json.ts';
import type { AwsCall } from '../domain/plan.ts';
import type { PlanContext } from './action.ts';

/** Reads and parses in one go. Throws AwsCallError, or CordonError `aws_answer_unreadable` when the answer is not of the known shape. */
export async function readAs<T>(context: PlanContext, call: AwsCall, schema: z.ZodType<T>): Promise<T> {
  return parse(call, schema, await context.read(call));
}

/** As `readAs`; undefined on the AWS error codes that mean "there is none". */
export async function readAsOptional<T>(
  context: PlanContext,
  call: AwsCall,
  schema: z.ZodType<T>,
  absentOn: readonly string[],
): Promise<T | undefined> {
  const answer = await context.readOptional(call, absentOn);
  return answer === undefined ? undefined : parse(call, schema, answer);
}

function parse<T>(call: AwsCall, schema: z.ZodType<T>, answer: Json): T {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  const field = parsed.error.issues[0]?.path.join('.') ?? '';
  throw new CordonError(
    'aws_answer_unreadable',
    `AWS answered ${call.operation} in a shape that Cordon does not know (${field}).`,
    { hint: 'Nothing was planned. Do the step by hand and report the operation and the field.', cause: parsed.error },
  );
}
