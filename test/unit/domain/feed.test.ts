import { describe, expect, it } from 'vitest';
import { afterPage, type FeedPosition, feedName, firstPosition } from '../../../src/domain/feed.ts';

const at = (minute: number): string => new Date(Date.UTC(2026, 10, 20, 10, minute)).toISOString();
const start = firstPosition(at(30), 15 * 60);

function next(position: FeedPosition | null): FeedPosition {
  if (position === null) throw new Error('the reading is over');
  return position;
}

describe('the cursor of a feed', () => {
  it('has a name by product and Region', () => {
    expect(feedName({ product: 'guardduty', region: 'us-east-1' })).toBe('guardduty.us-east-1');
  });

  it('begins the overlap before what is stored', () => {
    expect(start).toMatchObject({ since: at(15), token: null });
  });

  it('asks anew from the last time seen, so that what moves to the end meanwhile hides nothing', () => {
    const { cursor, position } = afterPage(start, { times: [at(16), at(31)], next: 'T' });
    expect(cursor).toBe(at(31));
    expect(position).toMatchObject({ since: at(31), token: null });
  });

  it('goes on by the token within one and the same time, and after an empty page', () => {
    const one = afterPage(start, { times: [at(15), at(15)], next: 'T1' });
    expect(one.position).toMatchObject({ since: at(15), token: 'T1' });
    const empty = afterPage(next(one.position), { times: [], next: 'T2' });
    expect(empty).toMatchObject({ cursor: null, position: { since: at(15), token: 'T2' } });
    const on = afterPage(next(empty.position), { times: [at(15), at(20)], next: 'T3' });
    expect(on).toMatchObject({ cursor: at(20), position: { since: at(20), token: null } });
  });

  it('ends with the newest time, and at its beginning when there was nothing', () => {
    expect(afterPage(start, { times: [at(16)], next: null })).toEqual({ cursor: at(16), position: null });
    expect(afterPage(start, { times: [], next: null })).toEqual({ cursor: at(15), position: null });
  });

  it('trusts no cursor before the end once a page is out of order or without times', () => {
    for (const times of [[at(40), at(16)], [at(16), null], [at(1)]]) {
      const { cursor, position } = afterPage(start, { times, next: 'T1' });
      expect(cursor).toBeNull();
      expect(position).toMatchObject({ since: at(15), token: 'T1', ordered: false });
      const more = afterPage(next(position), { times: [at(41)], next: 'T2' });
      expect(more).toMatchObject({ cursor: null, position: { token: 'T2' } });
      expect(afterPage(next(more.position), { times: [], next: null }).cursor).toBe(at(41));
    }
  });
});
