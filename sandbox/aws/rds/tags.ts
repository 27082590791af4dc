import { z } from 'zod';
import { AwsError } from '../errors.ts';
import { type Call, defineOperation } from '../operation.ts';
import { ARN_TYPES, bareId, notFound, type RdsKind, rdsNeed } from './lookup.ts';

/** The kind of thing that an ARN names. Throws InvalidParameterValue for what RDS here does not have. */
function kindOf(arn: string): RdsKind {
  const [, , service, , , type] = arn.split(':');
  switch (service === 'rds' ? type : undefined) {
    case ARN_TYPES['db-instances']:
      return 'db-instances';
    case ARN_TYPES['db-snapshots']:
      return 'db-snapshots';
    case ARN_TYPES['db-cluster-snapshots']:
      return 'db-cluster-snapshots';
    default:
      throw new AwsError('InvalidParameterValue', `Invalid resource name: ${arn}`);
  }
}

const listTagsForResource = defineOperation({
  name: 'ListTagsForResource',
  input: z.strictObject({ ResourceName: z.string().min(1) }),
  needs: ({ ResourceName: arn }, call) => [rdsNeed(call, 'ListTagsForResource', kindOf(arn), arn)],
  run: ({ ResourceName: arn }, call) => ({ TagList: tagsAt(call, arn) }),
});

function tagsAt(call: Call, arn: string) {
  const kind = kindOf(arn);
  const row = call.state.table(kind, call.account, call.region).get(bareId(kind, arn));
  if (!row) throw notFound(kind, arn);
  return row.Tags;
}

export const tagOperations = [listTagsForResource];
