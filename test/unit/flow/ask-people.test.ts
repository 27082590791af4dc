import { describe, expect, it } from 'vitest';
import type { Requirement, Slot } from '../../../src/domain/approval.ts';
import { firstAsked, whomToAsk } from '../../../src/flow/ask-people.ts';

const PEOPLE = ['U0A', 'U0B', 'U0C', 'U0D', 'U0E', 'U0F', 'U0G', 'U0H'];
const REQUESTS = Array.from({ length: 400 }, (_, index) => `REQ-${index}`);

function requirement(...slots: readonly Slot[]): Requirement {
  return { people: Math.max(...slots.map(({ n }) => n)), slots, ttlMinutes: 30, because: 'a test' };
}
const approvers = (n = 1): Slot => ({ label: 'approver', n, from: PEOPLE });

describe('who is asked first', () => {
  it('is three people, never the one who asks, and everybody about equally often', () => {
    const times = new Map<string, number>();
    for (const id of REQUESTS) {
      const asked = firstAsked(requirement(approvers()), 'U0A', id);
      expect(new Set(asked).size).toBe(3);
      for (const person of asked) times.set(person, (times.get(person) ?? 0) + 1);
    }
    expect(times.has('U0A')).toBe(false);
    // 400 requests of 3 among 7: 171 each.
    for (const person of PEOPLE.slice(1)) expect(times.get(person)).toBeGreaterThan(130);
    for (const person of PEOPLE.slice(1)) expect(times.get(person)).toBeLessThan(215);
  });

  it('is the same for one request, whoever asks and whenever', () => {
    const turned = { ...approvers(), from: [...PEOPLE].reverse() };
    expect(firstAsked(requirement(turned), 'U0X', 'REQ-1')).toEqual(
      firstAsked(requirement(approvers()), 'U0X', 'REQ-1'),
    );
  });

  it('can fill every slot that three can: the owner is among them', () => {
    const owner: Slot = { label: 'owner', n: 1, from: ['U0OWNER'] };
    for (const id of REQUESTS.slice(0, 50)) {
      const asked = firstAsked(requirement(approvers(2), owner), 'U0A', id);
      expect(asked).toHaveLength(3);
      expect(asked).toContain('U0OWNER');
    }
    const many = firstAsked(requirement(approvers(5), owner), 'U0A', 'REQ-1');
    expect(many).toHaveLength(3);
    expect(many).toContain('U0OWNER');
  });

  it('passes over who is no full member, and asks whom nobody can look up', async () => {
    const strangers = new Set(PEOPLE.slice(0, 5));
    const asked = await whomToAsk(
      {
        log: { debug() {}, info() {}, warn() {}, error() {} },
        people: {
          async lookUp(id) {
            if (id === 'U0H') throw new Error('slack is down');
            return strangers.has(id) ? { ok: false, why: 'deactivated' } : { ok: true, id, name: id };
          },
          usergroups: async () => new Map(),
          names: async () => new Map(),
        },
      },
      requirement(approvers()),
      'U0X',
      'REQ-1',
    );
    expect([...asked].sort()).toEqual(['U0F', 'U0G', 'U0H']);
  });
});
