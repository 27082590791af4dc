import type { JsonObject } from '../domain/json.ts';
import type { AwsCall } from '../domain/plan.ts';

export function rds(operation: string, input: JsonObject): AwsCall {
  return { service: 'rds', operation, input };
}
