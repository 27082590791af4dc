import { z } from 'zod';
import { ec2Arn } from '../arn.ts';
import { AwsError } from '../errors.ts';
import { type Call, type Need, requestTagKeys } from '../operation.ts';
import type { Tag } from '../state/kinds.ts';

export const TagShape = z.strictObject({ Key: z.string().min(1).max(127), Value: z.string().max(255).default('') });
const Specification = z.strictObject({ ResourceType: z.string(), Tags: z.array(TagShape).max(50).default([]) });
/** `TagSpecifications` of a creating call. */
export const TagSpecifications = z.array(Specification).default([]);
type Specifications = z.output<typeof TagSpecifications>;

/** The tags for what is created. Throws InvalidParameterValue when they are meant for another type, and on a key given twice. */
export function tagsFor(specifications: Specifications, type: string): Tag[] {
  const wrong = specifications.find((specification) => specification.ResourceType !== type);
  if (wrong)
    throw new AwsError(
      'InvalidParameterValue',
      `'${wrong.ResourceType}' is not a valid taggable resource type for this operation.`,
    );
  const tags = specifications.flatMap((specification) => specification.Tags);
  if (new Set(tags.map(({ Key }) => Key)).size < tags.length)
    throw new AwsError('InvalidParameterValue', 'Duplicate tag keys found in the request');
  if (tags.some(({ Key }) => Key.toLowerCase().startsWith('aws:')))
    throw new AwsError('InvalidParameterValue', "Tag keys starting with 'aws:' are reserved for internal use");
  return tags;
}

/**
 * What creating something needs beside the things it touches: the creating action on the new resource, and ec2:CreateTags when it is tagged
 * (service authorization reference: tags of the request are keys of the created resource alone).
 */
export function creationNeeds(call: Call, apiName: string, type: string, specifications: Specifications): Need[] {
  const resource = ec2Arn(call.region, call.account, type, '*');
  const tags = specifications.flatMap((specification) => specification.Tags);
  const keys = requestTagKeys(tags);
  const create: Need = { action: `ec2:${apiName}`, resource, keys };
  return tags.length > 0
    ? [create, { action: 'ec2:CreateTags', resource, keys: { ...keys, 'ec2:CreateAction': apiName } }]
    : [create];
}
