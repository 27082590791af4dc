import { beforeEach, describe, expect, it } from 'vitest';
import { receiveForEver, receiveOnce } from '../../../src/flow/receive.ts';
import type { FindingsQueue } from '../../../src/ports.ts';
import { flowWorld, guardDutyEvent } from '../../support/flow-world.ts';
import { memoryStore, type TestStore } from '../../support/memory-store.ts';

function queueOf(bodies: readonly string[], order: string[]): FindingsQueue {
  return {
    receive: async () =>
      bodies.map((body, index) => ({ id: `m-${index}`, body, handle: `h-${index}`, receiveCount: 1 })),
    delete: async (handle) => void order.push(`delete ${handle}`),
  };
}

let store: TestStore;
// In a hook, which may take longer than a test: opening the embedded database takes a busy machine many seconds.
beforeEach(async () => {
  store = await memoryStore();
});

describe('the findings queue', () => {
  it('is told to forget a message only when the message is stored', async () => {
    const order: string[] = [];
    const { deps } = flowWorld(store);
    const watched = {
      ...deps,
      store: {
        ...store,
        tx: async <T>(work: Parameters<typeof store.tx<T>>[0]) => {
          const result = await store.tx<T>(work);
          order.push('stored');
          return result;
        },
      },
    };
    expect(await receiveOnce(watched, queueOf([guardDutyEvent(), 'not json'], order), AbortSignal.timeout(5_000))).toBe(
      2,
    );
    expect(order).toEqual(['stored', 'delete h-0', 'stored', 'delete h-1']);
  });

  it('keeps a message that cannot be stored', async () => {
    const order: string[] = [];
    const broken = { ...store, tx: () => Promise.reject(new Error('the disk is full')) };
    await expect(
      receiveOnce({ ...flowWorld(store).deps, store: broken }, queueOf(['{}'], order), AbortSignal.timeout(5_000)),
    ).rejects.toThrow('full');
    expect(order).toEqual([]);
  });

  it('is asked again, more slowly each time, when it does not answer', async () => {
    const rests: number[] = [];
    const stop = new AbortController();
    const deps = {
      ...flowWorld(store).deps,
      pause: async (milliseconds: number) => {
        rests.push(milliseconds);
        if (rests.length === 4) stop.abort();
      },
    };
    const queue: FindingsQueue = { receive: () => Promise.reject(new Error('no answer')), delete: async () => {} };
    await receiveForEver(deps, queue, stop.signal);
    expect(rests).toEqual([1_000, 2_000, 4_000, 8_000]);
  });
});
