import { describe, expect, it } from 'vitest';
import { compareWrites } from '../faults/support/judge.ts';
import { isGood, linesOf, tableText } from '../faults/support/report.ts';
import { isDone, type Row } from '../faults/support/results.ts';

function call(operation: string) {
  return { seq: 1, service: 'ec2', operation, write: true, effect: true };
}

const FAULT = {
  id: 'F1',
  title: 'kill',
  engines: ['pglite'],
  seeds: 1,
  trials: () => [],
  run: async () => ({ pending: '' }),
} as const;

function row(trial: string, over: object = {}): Row {
  const result = { acked: 1, lost: 0, duplicated: 0, stuck: 0, auditGaps: 0, recoveryMs: 5, ...over };
  return { fault: 'F1', engine: 'pglite', trial, at: '2026-11-28T00:00:00.000Z', tookMs: 1, result };
}

describe('the fault harness', () => {
  it('counts writes that are missing and writes that are too many', () => {
    expect(compareWrites(['A', 'B', 'B'], [call('A'), call('B')])).toEqual({ missing: 1, extra: 0 });
    expect(compareWrites(['A', 'B'], [call('A'), call('B'), call('B')])).toEqual({ missing: 0, extra: 1 });
    expect(compareWrites(['A'], [call('C')])).toEqual({ missing: 1, extra: 1 });
  });

  it.each(['lost', 'duplicated', 'stuck', 'auditGaps'])('calls no line good in which something is %s', (what) => {
    const [line] = linesOf([FAULT], [row('one'), row('two', { [what]: 1 })]);
    expect(line && isGood(line)).toBe(false);
    const [better] = linesOf([FAULT], [row('one'), row('two')]);
    expect(better && isGood(better)).toBe(true);
  });

  it('does not call a trial done that could not be judged, and calls no line good that has one', () => {
    const broken = { ...row('one'), result: { error: 'it fell over' } };
    expect(isDone([broken], broken)).toBe(false);
    expect(isDone([broken, row('one')], broken)).toBe(true);
    expect(linesOf([FAULT], [broken]).every(isGood)).toBe(false);
    expect(tableText(linesOf([FAULT], [broken, row('one')]))).not.toContain('it fell over');
  });
});
