import { functionArn } from '../arn.ts';
import { AwsError } from '../errors.ts';
import { type Call, type Need, resourceTagKeys } from '../operation.ts';
import type { LambdaFunction } from '../state/kinds.ts';

/** A name, an ARN, or the part of an ARN that begins with the account. Versions and aliases are not simulated. */
const REFERENCE = /^(?:(?:arn:aws:lambda:([a-z0-9-]+):)?(\d{12}):function:|function:)?([A-Za-z0-9_-]{1,64})$/;

interface Reference {
  readonly arn: string;
  readonly name: string;
}

function referenceOf(call: Call, text: string): Reference {
  const found = REFERENCE.exec(text);
  if (!found)
    throw new AwsError('InvalidParameterValueException', `The function name ${text} is not one that is simulated.`);
  const [, region = call.region, account = call.account, name = ''] = found;
  return { arn: functionArn(region, account, name), name };
}

/** Throws ResourceNotFoundException, also for a function of another account or Region. */
export function functionOf(call: Call, text: string): LambdaFunction {
  const { arn, name } = referenceOf(call, text);
  const found = call.state.table('functions', call.account, call.region).get(name);
  if (!found || arn !== functionArn(call.region, call.account, name)) throw notFound(`Function not found: ${arn}`);
  return found;
}

export function saveFunction(call: Call, row: LambdaFunction): void {
  call.state.table('functions', call.account, call.region).put(row.FunctionName, row);
}

export function notFound(message: string): AwsError {
  return new AwsError('ResourceNotFoundException', message, { status: 404, detail: { Type: 'User' } });
}

export function arnOf(call: Call, { FunctionName }: LambdaFunction): string {
  return functionArn(call.region, call.account, FunctionName);
}

export function functionNeed(action: string, call: Call, text: string): Need {
  const { arn, name } = referenceOf(call, text);
  const found = call.state.table('functions', call.account, call.region).get(name);
  return { action: `lambda:${action}`, resource: arn, keys: resourceTagKeys(found?.Tags ?? []) };
}
