import { describe, expect, it } from 'vitest';
import { JobData, jobIdOf } from '../../../src/queue/job.ts';
import { oncePerMessage } from '../../../src/queue/log-once.ts';
import {
  ATTEMPTS,
  LOCK_MS,
  QUEUES,
  reconnectDelay,
  retryDelay,
  STALLED_CHECK_MS,
} from '../../../src/queue/settings.ts';
import { createTurns } from '../../../src/queue/turns.ts';
import { createWatchdog } from '../../../src/queue/watchdog.ts';

describe('the wait before another attempt', () => {
  it('doubles up to a limit, half of it by chance', () => {
    expect([1, 2, 3, 4, 5, 9].map((attempt) => retryDelay(attempt, () => 1))).toEqual([
      1_000, 2_000, 4_000, 8_000, 15_000, 15_000,
    ]);
    expect([1, 5].map((attempt) => retryDelay(attempt, () => 0))).toEqual([500, 7_500]);
  });

  it('in all is longer than it takes until a dead worker’s job is given to another', () => {
    const least = Array.from({ length: ATTEMPTS - 1 }, (_, at) => retryDelay(at + 1, () => 0)).reduce(
      (a, b) => a + b,
      0,
    );
    expect(least).toBeGreaterThan(LOCK_MS + STALLED_CHECK_MS);
  });

  it('before reconnecting to Redis never grows beyond a second', () => {
    expect([1, 5, 10, 1_000].map(reconnectDelay)).toEqual([100, 500, 1_000, 1_000]);
  });
});

describe('names and ids', () => {
  it('hold no colon', () => {
    for (const name of QUEUES) expect(name).not.toContain(':');
    expect(jobIdOf('notify.card:INC-1.3')).toBe('notify.card.INC-1.3');
  });

  it('are never plain numbers', () => expect(jobIdOf('17')).toBe('j17'));
});

describe('a job’s data', () => {
  it('is an id and nothing else', () => {
    expect(JobData.parse({ id: 'RUN-1' })).toEqual({ id: 'RUN-1' });
    for (const data of [{ id: '' }, { id: 1 }, {}, null, 'x', { id: 'x', plan: {} }, { id: 'x'.repeat(513) }])
      expect(JobData.safeParse(data).success, JSON.stringify(data)).toBe(false);
  });
});

describe('turns', () => {
  it('are taken in order for one key, also after one that failed', async () => {
    const turns = createTurns();
    const order: number[] = [];
    const work = (n: number, fails = false) =>
      turns('a', async () => {
        await Promise.resolve();
        order.push(n);
        if (fails) throw new Error(`no ${n}`);
        return n;
      });
    const results = await Promise.allSettled([work(1), work(2, true), work(3)]);
    expect(order).toEqual([1, 2, 3]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  it('of another key do not wait', async () => {
    const turns = createTurns();
    let free: () => void = () => undefined;
    const held = turns(
      'a',
      () =>
        new Promise<void>((resolve) => {
          free = resolve;
        }),
    );
    expect(await turns('b', async () => 'b')).toBe('b');
    free();
    await held;
  });
});

describe('the watchdog', () => {
  const at = (stuckAfter = 30) => {
    let time = 0;
    const dog = createWatchdog(stuckAfter, () => time);
    const pass = (ms: number): void => {
      time += ms;
    };
    return { dog, pass };
  };

  it('is quiet while there is nothing to do, or something is being done', () => {
    const { dog, pass } = at();
    for (const counts of [
      { waiting: 0, active: 0 },
      { waiting: 5, active: 1 },
    ]) {
      pass(100);
      expect(dog.look(counts)).toBe(0);
    }
  });

  it('barks when work waits and nothing moves, once each time', () => {
    const { dog, pass } = at();
    const stuck = { waiting: 1, active: 0 };
    pass(29);
    expect(dog.look(stuck)).toBe(0);
    pass(1);
    expect(dog.look(stuck)).toBe(1);
    expect(dog.look(stuck)).toBe(0);
    pass(30);
    expect(dog.look(stuck)).toBe(2);
  });

  it('forgets when there was progress', () => {
    const { dog, pass } = at();
    const stuck = { waiting: 1, active: 0 };
    pass(30);
    expect(dog.look(stuck)).toBe(1);
    dog.progress();
    pass(29);
    expect(dog.look(stuck)).toBe(0);
    pass(1);
    expect(dog.look(stuck)).toBe(1);
  });
});

describe('what is logged', () => {
  it('is each text once in half a minute', () => {
    let time = 0;
    const said: string[] = [];
    const say = oncePerMessage(
      (text) => said.push(text),
      () => time,
    );
    for (const [after, text] of [
      [0, 'a'],
      [10, 'a'],
      [10, 'b'],
      [29_990, 'a'],
      [1, 'a'],
    ] as const) {
      time += after;
      say(new Error(text));
    }
    expect(said).toEqual(['a', 'b', 'a']);
  });
});
