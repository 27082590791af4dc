import { expect, test } from 'vitest';
import { seedOrganization } from '../../../../../sandbox/aws/seed/seed.ts';
import { patchState } from '../../../../../sandbox/aws/state/patch.ts';
import { GLOBAL, State } from '../../../../../sandbox/aws/state/state.ts';

const ACCOUNT = '333333333332';
const BUCKET = 'acme-prod-web-logs';

function seeded(): State {
  const state = new State();
  seedOrganization(state);
  return state;
}

test('a member is changed, taken away and added', () => {
  const state = seeded();
  expect(patchState(state, 'buckets', ACCOUNT, GLOBAL, BUCKET, { PublicAccessBlock: null, Policy: '{}' }).ok).toBe(
    true,
  );
  const bucket = state.table('buckets', ACCOUNT).get(BUCKET);
  expect(bucket?.Policy).toBe('{}');
  expect(bucket).not.toHaveProperty('PublicAccessBlock');
});

test.each([
  ['a record that is not there', 'nowhere', { Tags: [] }],
  ['a member that does not exist', BUCKET, { Colour: 'red' }],
  ['another type', BUCKET, { Tags: 'none' }],
  ['a member that must be there', BUCKET, { Tags: null }],
])('%s is refused and changes nothing', (_name, id, fields) => {
  const state = seeded();
  const before = state.changes;
  expect(patchState(state, 'buckets', ACCOUNT, GLOBAL, id, fields).ok).toBe(false);
  expect(state.changes).toBe(before);
});

test('a copy changes on its own, and a change without difference is none', () => {
  const state = seeded();
  const copy = state.fork();
  patchState(copy, 'buckets', ACCOUNT, GLOBAL, BUCKET, { Region: 'us-east-1' });
  expect(state.table('buckets', ACCOUNT).get(BUCKET)?.Region).toBe('eu-west-1');
  const before = state.changes;
  patchState(state, 'buckets', ACCOUNT, GLOBAL, BUCKET, { Region: 'eu-west-1' });
  expect(state.changes).toBe(before);
});

test('the seed is the same at every start', () => {
  expect(seeded().table('instances', '333333333333', 'eu-west-1').entries()).toEqual(
    seeded().table('instances', '333333333333', 'eu-west-1').entries(),
  );
});
