import type { ModalView } from '@slack/types';
import { describe, expect, test } from 'vitest';
import { mrkdwn } from '../../../src/slack/escape.ts';
import { sayingModal } from '../../../src/slack/modals/frame.ts';
import { type SubmissionAck, SubmissionReply } from '../../../src/slack/submission-reply.ts';

const view = sayingModal('Yes', mrkdwn`Counted.`);

function bench() {
  const acks: SubmissionAck[] = [];
  const updates: ModalView[] = [];
  const waits: { readonly milliseconds: number; readonly end: () => void }[] = [];
  const reply = new SubmissionReply({
    ack: async (response) => void acks.push(response),
    update: async (next) => void updates.push(next),
    pause: (milliseconds) => new Promise((end) => waits.push({ milliseconds, end })),
    onError: (error) => {
      throw error;
    },
  });
  /** Lets the named wait end and everything after it happen. */
  const pass = async (index: number) => {
    waits[index]?.end();
    await new Promise((done) => setImmediate(done));
  };
  return { reply, acks, updates, waits, pass };
}

describe('SubmissionReply', () => {
  test('an answer in time is the acknowledgement itself, and the clock changes nothing', async () => {
    const { reply, acks, updates, pass } = bench();
    reply.start('T');
    await reply.answer('T', { kind: 'show', view });
    await pass(0);
    expect(acks).toEqual([{ response_action: 'update', view }]);
    expect(updates).toEqual([]);
  });

  test('errors go to their fields, closing is an empty acknowledgement', async () => {
    const first = bench();
    await first.reply.answer('T', { kind: 'errors', errors: { reason: 'Say why.' } });
    expect(first.acks).toEqual([{ response_action: 'errors', errors: { reason: 'Say why.' } }]);
    const second = bench();
    await second.reply.answer('T', { kind: 'close' });
    expect(second.acks).toEqual([undefined]);
  });

  test('a late answer comes after "working on it", once', async () => {
    const { reply, acks, updates, waits, pass } = bench();
    reply.start('T');
    expect(waits[0]?.milliseconds).toBe(800);
    await pass(0);
    expect(acks).toHaveLength(1);
    expect(JSON.stringify(acks[0])).toContain('Working on it');
    await reply.answer('T', { kind: 'show', view });
    expect(acks).toHaveLength(1);
    expect(updates).toEqual([view]);
  });

  test('a duplicate leaves the acknowledgement to the first delivery', async () => {
    const { reply, acks, waits, pass } = bench();
    reply.start('T');
    const answered = reply.answerDuplicate();
    await pass(0);
    expect(acks).toEqual([]);
    expect(waits[1]?.milliseconds).toBeGreaterThan(800);
    await pass(1);
    await answered;
    expect(JSON.stringify(acks)).toContain('taken already');
  });
});
