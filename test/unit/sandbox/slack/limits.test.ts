import { describe, expect, it } from 'vitest';
import { ApiError } from '../../../../sandbox/slack/api-error.ts';
import { createFaults } from '../../../../sandbox/slack/faults.ts';
import { createIds } from '../../../../sandbox/slack/ids.ts';
import { createRateLimiter } from '../../../../sandbox/slack/rate-limits.ts';
import { createResponseUrls } from '../../../../sandbox/slack/response-urls.ts';
import { createTriggers } from '../../../../sandbox/slack/triggers.ts';

function clock() {
  let time = 1_763_000_000_000;
  function pass(ms: number): void {
    time += ms;
  }
  return { now: () => time, pass };
}

describe('rate limits', () => {
  it('lets a channel have a short burst, then a message a second', () => {
    const { now, pass } = clock();
    const limiter = createRateLimiter(now);
    const post = () => limiter.take('chat.postMessage', 'C1');
    expect([post(), post(), post(), post()]).toEqual([undefined, undefined, undefined, undefined]);
    expect(post()).toBe(1);
    expect(limiter.take('chat.postMessage', 'C2')).toBeUndefined();
    pass(1_000);
    expect(post()).toBeUndefined();
    expect(post()).toBe(1);
  });

  it('caps the posts of the whole workspace', () => {
    const { now } = clock();
    const limiter = createRateLimiter(now);
    const answers = Array.from({ length: 301 }, (_nothing, index) => limiter.take('chat.postMessage', `C${index}`));
    expect(answers.slice(0, 300).every((answer) => answer === undefined)).toBe(true);
    expect(answers[300]).toBe(1);
  });

  it.each([
    ['pins.add', 20, 3],
    ['chat.update', 50, 2],
    ['views.open', 100, 1],
  ])('%s: %i calls a minute', (method, perMinute, wait) => {
    const { now, pass } = clock();
    const limiter = createRateLimiter(now);
    const calls = () => Array.from({ length: perMinute }, () => limiter.take(method, undefined));
    expect(calls().every((answer) => answer === undefined)).toBe(true);
    expect(limiter.take(method, undefined)).toBe(wait);
    pass(60_000);
    expect(calls().every((answer) => answer === undefined)).toBe(true);
  });

  it('a refused call costs nothing, and limits can be switched off', () => {
    const { now, pass } = clock();
    const limiter = createRateLimiter(now);
    for (let call = 0; call < 500; call += 1) limiter.take('chat.update', 'C1');
    pass(1_200);
    expect(limiter.take('chat.update', 'C1')).toBeUndefined();
    limiter.enabled = false;
    for (let call = 0; call < 500; call += 1) expect(limiter.take('chat.update', 'C1')).toBeUndefined();
  });
});

describe('trigger ids', () => {
  it('work once, within three seconds', () => {
    const { now, pass } = clock();
    const triggers = createTriggers(now, createIds(now));
    const [first, second] = [triggers.issue('U1'), triggers.issue('U2')];
    expect(triggers.redeem(first)).toBe('U1');
    expect(codeOf(() => triggers.redeem(first))).toBe('exchanged_trigger_id');
    pass(3_001);
    expect(codeOf(() => triggers.redeem(second))).toBe('expired_trigger_id');
    expect(codeOf(() => triggers.redeem('1.2.3'))).toBe('invalid_trigger_id');
  });
});

describe('response urls', () => {
  it('work five times', () => {
    const { now } = clock();
    const urls = createResponseUrls(now, createIds(now));
    const path = urls.issue({ channel: 'C1', user: 'U1', messageTs: undefined, threadTs: undefined });
    for (let use = 0; use < 5; use += 1)
      expect(urls.redeem(path)).toMatchObject({ ok: true, target: { channel: 'C1' } });
    expect(urls.redeem(path)).toEqual({ ok: false, error: 'used_url' });
  });

  it('work for thirty minutes', () => {
    const { now, pass } = clock();
    const urls = createResponseUrls(now, createIds(now));
    const path = urls.issue({ channel: 'C1', user: 'U1', messageTs: undefined, threadTs: undefined });
    pass(30 * 60_000);
    expect(urls.redeem(path)).toMatchObject({ ok: true });
    pass(1);
    expect(urls.redeem(path)).toEqual({ ok: false, error: 'expired_url' });
    expect(urls.redeem('/response/guessed')).toEqual({ ok: false, error: 'not_found' });
  });
});

describe('faults', () => {
  it('are used up, by method or for any', () => {
    const faults = createFaults();
    faults.add({ method: 'chat.update', kind: '5xx', retryAfter: 1, error: '', left: 2 });
    faults.add({ method: '*', kind: '429', retryAfter: 7, error: '', left: 1 });
    expect(faults.take('chat.update')?.kind).toBe('5xx');
    expect(faults.take('views.open')?.kind).toBe('429');
    expect(faults.take('views.open')).toBeUndefined();
    expect(faults.take('chat.update')?.kind).toBe('5xx');
    expect(faults.take('chat.update')).toBeUndefined();
  });

  it('count duplicates down', () => {
    const faults = createFaults();
    faults.duplicateNext('interactive', 1);
    expect([
      faults.takeDuplicate('events_api'),
      faults.takeDuplicate('interactive'),
      faults.takeDuplicate('interactive'),
    ]).toEqual([false, true, false]);
  });
});

describe('timestamps', () => {
  it('are unique and rise even when the clock stands still', () => {
    const { now } = clock();
    const ids = createIds(now);
    const many = Array.from({ length: 1_000 }, () => ids.ts());
    expect(new Set(many).size).toBe(1_000);
    expect([...many].sort()).toEqual(many);
    expect(many[0]).toMatch(/^\d{10}\.\d{6}$/);
  });
});

function codeOf(run: () => unknown): string | undefined {
  try {
    run();
  } catch (error) {
    return error instanceof ApiError ? error.code : undefined;
  }
  return undefined;
}
