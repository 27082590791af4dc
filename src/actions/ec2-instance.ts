import { z } from 'zod';
import type { Json, JsonObject } from '../domain/json.ts';
import type { AwsCall, Probe, Refusal } from '../domain/plan.ts';
import type { PlanContext } from './action.ts';
import { readAsOptional } from './answer.ts';
import { refuse } from './refusal.ts';
import { isProtected, PROTECT_TAG, Tags } from './tags.ts';

/** An instance id as EC2 gives it: 8 hex digits in old accounts, else 17. */
export const InstanceId = z.string().regex(/^i-([0-9a-f]{8}|[0-9a-f]{17})$/);

const Ebs = z.object({ VolumeId: z.string().regex(/^vol-[0-9a-f]{8,17}$/) });
/** Settings of the instance metadata service that Cordon knows. */
export const MetadataOptions = z.object({
  HttpEndpoint: z.enum(['enabled', 'disabled']),
  HttpPutResponseHopLimit: z.number().int(),
  HttpTokens: z.enum(['optional', 'required']),
});
export type MetadataOptions = z.infer<typeof MetadataOptions>;
const Instance = z.object({
  InstanceId,
  State: z.object({ Name: z.string() }),
  VpcId: z
    .string()
    .regex(/^vpc-[0-9a-f]{8,17}$/)
    .optional(),
  Tags,
  MetadataOptions: MetadataOptions.optional(),
  BlockDeviceMappings: z.array(z.object({ DeviceName: z.string(), Ebs: Ebs.optional() })).default([]),
});
export type Instance = z.infer<typeof Instance>;
const InstancesAnswer = z.object({
  Reservations: z.array(z.object({ Instances: z.array(Instance).default([]) })).default([]),
});

const GONE = ['terminated', 'shutting-down'];

/** The instance as it is now, or why Cordon leaves it alone: not there, terminated, protected by tag, or Cordon's own host. */
export async function readInstance(context: PlanContext, instanceId: string): Promise<Instance | Refusal> {
  const absentOn = ['InvalidInstanceID.NotFound'];
  const answer = await readAsOptional(context, describeInstance(instanceId), InstancesAnswer, absentOn);
  const instance = answer?.Reservations[0]?.Instances[0];
  if (instance === undefined || GONE.includes(instance.State.Name)) {
    return refuse(
      'not-found',
      'The instance does not exist any more in this account and Region.',
      'Look for its volumes and snapshots.',
    );
  }
  if (context.self.instanceIds.includes(instanceId)) {
    return refuse(
      'self',
      'Cordon itself runs on this instance.',
      'Move Cordon to another host first, then contain this one by hand.',
    );
  }
  if (isProtected(instance.Tags)) {
    return refuse(
      'protected',
      `The instance carries the tag ${PROTECT_TAG}.`,
      'Ask its owner; the tag must go before Cordon may act.',
    );
  }
  return instance;
}

export function describeInstance(instanceId: string): AwsCall {
  return ec2('DescribeInstances', { InstanceIds: [instanceId] });
}

export function instanceArn(context: PlanContext, instanceId: string): string {
  return arn(context, `instance/${instanceId}`);
}

/** ARN of an EC2 thing in the plan's account and Region. */
export function arn(context: PlanContext, resource: string): string {
  return `arn:${context.partition}:ec2:${context.region}:${context.accountId}:${resource}`;
}

export function ec2(operation: string, input: JsonObject): AwsCall {
  return { service: 'ec2', operation, input };
}

export function filter(name: string, value: Json): JsonObject {
  return { Name: name, Values: [value] };
}

/** A condition on one value that a read picks. */
export function probe(title: string, read: AwsCall, query: string, expect: Json): Probe {
  return { title, read, query, expect };
}
