import { expect, test } from 'vitest';
import { type Clock, createClock } from '../../../../../sandbox/aws/clock.ts';
import { md5OfAttributes, Queue } from '../../../../../sandbox/aws/sqs/queues.ts';

const PLACE = { account: '222222222222', region: 'eu-west-1', visibilityTimeoutSeconds: 30 };

function pair(clock: Clock): { queue: Queue; dead: Queue } {
  const dead = new Queue({ ...PLACE, name: 'dead' }, clock, undefined);
  return {
    dead,
    queue: new Queue({ ...PLACE, name: 'q', redrive: { deadLetterQueue: 'dead', maxReceiveCount: 5 } }, clock, dead),
  };
}

test('a received message is hidden until its timeout, then seen again with a higher count', () => {
  const clock = createClock();
  const { queue } = pair(clock);
  queue.send('one');
  expect(queue.take(10, 30_000)).toHaveLength(1);
  expect(queue.take(10, 30_000)).toHaveLength(0);
  expect(queue.counts()).toEqual({ visible: 0, inFlight: 1 });
  clock.advance(30_001);
  expect(queue.take(10, 30_000)[0]).toMatchObject({ body: 'one', receiveCount: 2 });
});

test('after five receives a message moves to the dead letters', () => {
  const clock = createClock();
  const { queue, dead } = pair(clock);
  queue.send('poison');
  for (let i = 0; i < 5; i++) {
    expect(queue.take(1, 1_000)).toHaveLength(1);
    clock.advance(1_001);
  }
  expect(queue.take(1, 1_000)).toHaveLength(0);
  expect(dead.bodies()).toEqual(['poison']);
  expect(queue.counts()).toEqual({ visible: 0, inFlight: 0 });
});

test('an older receipt handle still deletes, and a foreign one does not', () => {
  const clock = createClock();
  const { queue } = pair(clock);
  queue.send('one');
  const first = queue.take(1, 1_000)[0]?.receiptHandle ?? '';
  clock.advance(1_001);
  queue.take(1, 1_000);
  expect(queue.delete('bm8gaGFuZGxl')).toBe(false);
  expect(queue.delete(first)).toBe(true);
  expect(queue.delete(first)).toBe(false);
});

test('visibility is changed under the newest handle, while in flight', () => {
  const clock = createClock();
  const { queue } = pair(clock);
  queue.send('one');
  const handle = queue.take(1, 60_000)[0]?.receiptHandle ?? '';
  expect(queue.changeVisibility(handle, 0)).toBe(true);
  expect(queue.counts().visible).toBe(1);
  expect(queue.changeVisibility(handle, 0)).toBe(false);
});

test('a waiting receiver gets a message that arrives meanwhile', async () => {
  const { queue } = pair(createClock());
  const waiting = queue.receive(1, 1_000, 15_000, new AbortController().signal);
  queue.send('late');
  expect((await waiting).map(({ body }) => body)).toEqual(['late']);
});

test('a receiver that has gone takes nothing', async () => {
  const { queue } = pair(createClock());
  const gone = new AbortController();
  const waiting = queue.receive(1, 60_000, 15_000, gone.signal);
  gone.abort();
  expect(await waiting).toEqual([]);
  queue.send('kept');
  expect(queue.counts()).toEqual({ visible: 1, inFlight: 0 });
});

test('the digest of attributes has every length in front, names sorted', () => {
  const a = { DataType: 'String', StringValue: '1' };
  const b = { DataType: 'String', StringValue: '2' };
  expect(md5OfAttributes({ a, b })).toBe(md5OfAttributes({ b, a }));
  expect(md5OfAttributes({ a, b })).not.toBe(md5OfAttributes({ a: b, b: a }));
});
