import { z } from 'zod';
import { AwsError } from '../errors.ts';
import { type Call, defineOperation, type Need, requestTagKeys } from '../operation.ts';
import type { Tag } from '../state/kinds.ts';
import { applyFilters, DescribeMembers, describePage, notFound } from './describe.ts';
import { arnType, kindOfId, resourceNeed, rowsOf, type TaggedKind, tagsOf } from './lookup.ts';
import { TagShape } from './tag-specifications.ts';

const KINDS: readonly TaggedKind[] = [
  'instances',
  'network-interfaces',
  'security-groups',
  'security-group-rules',
  'volumes',
  'snapshots',
  'vpcs',
  'subnets',
];

function kindOf(id: string): TaggedKind {
  const kind = kindOfId(id);
  if (!kind) throw new AwsError('InvalidID', `The ID '${id}' is not valid`);
  return kind;
}

function tagNeeds(call: Call, action: string, ids: readonly string[], tags: readonly Tag[]): Need[] {
  return ids.map((id) => resourceNeed(call, action, kindOf(id), id, requestTagKeys(tags)));
}

function setTags<K extends TaggedKind>(call: Call, kind: K, id: string, change: (tags: readonly Tag[]) => Tag[]): void {
  const row = rowsOf(call, kind).get(id);
  if (!row) throw notFound('InvalidID.NotFound', 'ID', id);
  rowsOf(call, kind).put(id, { ...row, Tags: change(row.Tags) });
}

const createTags = defineOperation({
  name: 'CreateTags',
  write: true,
  input: z.strictObject({
    DryRun: z.boolean().optional(),
    Resources: z.array(z.string()).min(1).max(1000),
    Tags: z.array(TagShape).min(1).max(50),
  }),
  needs: (input, call) => tagNeeds(call, 'CreateTags', input.Resources, input.Tags),
  run(input, call) {
    const names = new Set(input.Tags.map(({ Key }) => Key));
    for (const id of input.Resources)
      setTags(call, kindOf(id), id, (tags) => [...tags.filter(({ Key }) => !names.has(Key)), ...input.Tags]);
    return {};
  },
});

/** A tag given with a value is deleted only when it has that value. */
const deleteTags = defineOperation({
  name: 'DeleteTags',
  write: true,
  input: z.strictObject({
    DryRun: z.boolean().optional(),
    Resources: z.array(z.string()).min(1).max(1000),
    Tags: z.array(z.strictObject({ Key: z.string().min(1), Value: z.string().optional() })).default([]),
  }),
  needs: (input, call) =>
    tagNeeds(
      call,
      'DeleteTags',
      input.Resources,
      input.Tags.map(({ Key, Value = '' }) => ({ Key, Value })),
    ),
  run(input, call) {
    const named = (tag: Tag): boolean =>
      input.Tags.some(({ Key, Value }) => Key === tag.Key && (Value === undefined || Value === tag.Value));
    for (const id of input.Resources)
      setTags(call, kindOf(id), id, (tags) => (input.Tags.length === 0 ? [] : tags.filter((tag) => !named(tag))));
    return {};
  },
});

interface TagRow {
  readonly ResourceId: string;
  readonly ResourceType: string;
  readonly Key: string;
  readonly Value: string;
  readonly Tags: readonly Tag[];
}

const describeTags = defineOperation({
  name: 'DescribeTags',
  input: z.strictObject(DescribeMembers),
  needs: () => [{ action: 'ec2:DescribeTags', resource: '*' }],
  run(input, call) {
    const rows = applyFilters(allTags(call), input.Filters, {
      'resource-id': (row) => [row.ResourceId],
      'resource-type': (row) => [row.ResourceType],
      key: (row) => [row.Key],
      value: (row) => [row.Value],
    });
    const { items, rest } = describePage(rows, input);
    return { Tags: items.map(({ Tags: _tags, ...row }) => row), ...rest };
  },
});

function allTags(call: Call): TagRow[] {
  return KINDS.flatMap((kind) =>
    rowsOf(call, kind)
      .entries()
      .flatMap(([ResourceId]) =>
        tagsOf(call, kind, ResourceId).map((tag) => ({ ResourceId, ResourceType: arnType(kind), ...tag, Tags: [tag] })),
      ),
  );
}

export const tagOperations = [createTags, deleteTags, describeTags];
