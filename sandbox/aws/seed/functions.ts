import { HOME_REGION } from '../../world.ts';
import { functionArn, iamArn, queueArn } from '../arn.ts';
import { hexId } from '../state/ids.ts';
import type { LambdaFunction } from '../state/kinds.ts';
import type { State } from '../state/state.ts';
import { MINING_FUNCTION, QUIET_FUNCTION } from './names.ts';

const CHANGED = '2026-06-30T22:10:00.000+0000';

/** An id in the shape of a UUID that is the same at every start. */
function uuid(seed: string): string {
  const hex = hexId(seed);
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20)].join('-');
}

function seedFunction(state: State, account: string, fn: Partial<LambdaFunction> & { FunctionName: string }): void {
  state.table('functions', account, HOME_REGION).put(fn.FunctionName, {
    Role: iamArn(account, 'role', '/service/', MINING_FUNCTION.role),
    Runtime: 'nodejs22.x',
    Handler: 'index.handler',
    CodeSha256: Buffer.from(hexId(`code/${account}/${fn.FunctionName}`)).toString('base64'),
    CodeSize: 48_213,
    Timeout: 120,
    MemorySize: 1_024,
    LastModified: CHANGED,
    RevisionId: uuid(`revision/${account}/${fn.FunctionName}`),
    Tags: [{ Key: 'team', Value: 'web' }],
    ...fn,
  });
}

/** Lets the bucket's service call the function. */
function invokedByS3(account: string, name: string): string {
  return JSON.stringify({
    Version: '2012-10-17',
    Id: 'default',
    Statement: [
      {
        Sid: 'uploads',
        Effect: 'Allow',
        Principal: { Service: 's3.amazonaws.com' },
        Action: 'lambda:InvokeFunction',
        Resource: functionArn(HOME_REGION, account, name),
        Condition: { StringEquals: { 'AWS:SourceAccount': account } },
      },
    ],
  });
}

/** A function with every kind of trigger, a reservation and a secret in its environment; and one that has none of these. */
export function seedFunctions(state: State): void {
  const { account, name } = MINING_FUNCTION;
  seedFunction(state, account, {
    FunctionName: name,
    ReservedConcurrentExecutions: 25,
    Environment: { BUCKET: 'acme-prod-web-assets', DB_PASSWORD: 'sandbox-not-a-real-password' },
    Policy: invokedByS3(account, name),
    Url: {
      FunctionUrl: `https://${hexId(`url/${account}/${name}`)}.lambda-url.${HOME_REGION}.on.aws/`,
      AuthType: 'NONE',
    },
  });
  const mapping = uuid(`mapping/${account}/${name}`);
  state.table('event-source-mappings', account, HOME_REGION).put(mapping, {
    UUID: mapping,
    FunctionName: name,
    EventSourceArn: queueArn(HOME_REGION, account, 'image-jobs'),
    BatchSize: 10,
    State: 'Enabled',
    LastModified: '2026-03-02T08:15:00.000Z',
  });
  seedFunction(state, QUIET_FUNCTION.account, { FunctionName: QUIET_FUNCTION.name });
}
