import { describe, expect, it } from 'vitest';
import { CordonError } from '../../src/domain/errors.ts';
import { lastGood } from '../../src/last-good.ts';

const invalid = new CordonError('settings_invalid', 'line 3 is wrong', { hint: 'mend it' });

function source(...answers: readonly (number | Error)[]) {
  let asked = 0;
  return {
    async current() {
      const answer = answers[asked] ?? 0;
      asked += 1;
      if (answer instanceof Error) throw answer;
      return answer;
    },
  };
}

function logged() {
  const errors: string[] = [];
  return {
    errors,
    log: { debug() {}, info() {}, warn() {}, error: (_: object, message: string) => void errors.push(message) },
  };
}

describe('the last valid value', () => {
  it('is gone on with while the newest is not valid, which is said once', async () => {
    const { errors, log } = logged();
    const get = lastGood(source(1, invalid, invalid, 2), 'cordon.yaml', log);
    expect([await get(), await get(), await get(), await get()]).toEqual([1, 1, 1, 2]);
    expect(errors).toHaveLength(1);
  });

  it('does not stand in for a value that never was, nor for an unexpected error', async () => {
    const { log } = logged();
    await expect(lastGood(source(invalid), 'cordon.yaml', log)()).rejects.toThrow('line 3');
    const get = lastGood(source(1, new TypeError('a bug')), 'cordon.yaml', log);
    await get();
    await expect(get()).rejects.toThrow('a bug');
  });
});
