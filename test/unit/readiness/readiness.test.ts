import { expect, test } from 'vitest';
import type { Epoch, Repositories } from '../../../src/ports.ts';
import { type ReadinessParts, readinessChecks } from '../../../src/readiness.ts';

const NOW = Date.parse('2026-11-20T10:00:00.000Z');

const sameLife: Epoch = { number: 1, sign: null, seenAt: null };
const restored: Epoch = {
  number: 1,
  sign: { place: 'the file', seq: 9, head: 7 },
  seenAt: new Date(NOW).toISOString(),
};
const epochOf = (get: () => Promise<Epoch>): Repositories['epoch'] => ({ ...({} as Repositories['epoch']), get });
const epoch = epochOf(async () => sameLife);

function parts(over: Partial<ReadinessParts> = {}, databaseTime = NOW): ReadinessParts {
  return {
    store: { check: async () => undefined, read: { now: async () => new Date(databaseTime).toISOString(), epoch } },
    chainMemory: { compared: 'done' },
    jobs: { counts: async () => ({}) },
    stage: () => 'running',
    stuck: () => [],
    isConnected: () => true,
    now: () => NOW,
    ...over,
  };
}

/** The names of the checks that fail. */
async function failing(over: ReadinessParts): Promise<readonly string[]> {
  const results = Object.entries(readinessChecks(over)).map(async ([name, check]) =>
    check().then(
      () => [],
      () => [name],
    ),
  );
  return (await Promise.all(results)).flat();
}

function withEpoch(one: Epoch): ReadinessParts {
  const { store, ...others } = parts();
  return { ...others, store: { ...store, read: { ...store.read, epoch: epochOf(async () => one) } } };
}

const broken = async (): Promise<never> => {
  throw new Error('down');
};

test('ready when all is well', async () => {
  expect(await failing(parts())).toEqual([]);
});

test.each<[string, ReadinessParts, readonly string[]]>([
  ['while it starts', parts({ stage: () => 'starting' }), ['process']],
  ['while it stops', parts({ stage: () => 'stopping' }), ['process']],
  [
    'the store does not answer',
    parts({ store: { check: broken, read: { now: broken, epoch: epochOf(broken) } } }),
    ['store', 'clock', 'epoch'],
  ],
  ['the database was restored', withEpoch(restored), ['epoch']],
  [
    'the database could not be compared with its checkpoints',
    parts({ chainMemory: { compared: 'failed' } }),
    ['epoch'],
  ],
  ['the disk is nearly full', parts({ store: { ...parts().store, check: broken } }), ['store']],
  ['the database is 61 s ahead', parts({}, NOW + 61_000), ['clock']],
  ['the database is 61 s behind', parts({}, NOW - 61_000), ['clock']],
  ['the queue does not answer', parts({ jobs: { counts: broken } }), ['queue']],
  ['a worker is stuck', parts({ stuck: () => ['triage'] }), ['workers']],
  ['Slack is not connected', parts({ isConnected: () => false }), ['slack']],
])('not ready: %s', async (_, over, names) => {
  expect(await failing(over)).toEqual(names);
});

test('59 s between the clocks do not matter', async () => {
  expect(await failing(parts({}, NOW + 59_000))).toEqual([]);
});

test('a worker answers for its own parts', () => {
  const { isConnected: _, ...worker } = parts();
  expect(Object.keys(readinessChecks(worker))).toEqual(['process', 'store', 'clock', 'epoch', 'queue', 'workers']);
});
