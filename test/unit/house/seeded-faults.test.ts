import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectRoot } from '../../../src/project-root.ts';
import { changedFiles } from '../../seeded-faults/copies.ts';
import type { SeededFault } from '../../seeded-faults/fault.ts';
import { judge } from '../../seeded-faults/judge.ts';
import { SEEDED_FAULTS } from '../../seeded-faults/list.ts';
import { CLEAN, type Ran, type RanTest } from '../../seeded-faults/ran.ts';

const ROOT = projectRoot(import.meta.url);
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');

const FAULT: SeededFault = {
  id: 'some-fault',
  title: 'Some fault',
  harm: 'It does harm.',
  edits: [{ file: 'src/a.ts', before: 'a < b', after: 'a <= b' }],
  caughtBy: { file: 'test/a.test.ts', test: 'a > b', assertion: 'expect(a).toBe(b)' },
};

function ranTest(project: string, over: Partial<RanTest> = {}): RanTest {
  return { project, file: 'test/a.test.ts', test: 'a > b', state: 'passed', ms: 1, errors: [], ...over };
}

const failure = { name: 'AssertionError', message: 'expected 1 to be 2\nmore', lines: ['    expect(a).toBe(b);'] };
const failed = (over: Partial<typeof failure> = {}) =>
  ranTest(FAULT.id, { state: 'failed', errors: [{ ...failure, ...over }] });
const ran = (...tests: readonly RanTest[]): Ran => ({ tests: [...tests], broken: [] });

describe('a seeded fault', () => {
  it('counts as caught when its assertion fails with it and holds without it', () => {
    const verdict = judge(FAULT, ran(ranTest(CLEAN), failed()));
    expect(verdict).toEqual({ caught: true, why: '', message: 'expected 1 to be 2' });
  });

  it.each<[string, Ran, string]>([
    [
      'the test fails anyway',
      ran(ranTest(CLEAN, { state: 'failed' }), failed()),
      'does not pass on the product as it is',
    ],
    ['the test has another name', ran(ranTest(CLEAN, { test: 'a > c' }), failed()), 'not there'],
    ['the test passes with it', ran(ranTest(CLEAN), ranTest(FAULT.id)), 'with the fault in the test is passed'],
    ['the test did not run with it', ran(ranTest(CLEAN)), 'with the fault in the test is not there'],
    ['an exception ends the test', ran(ranTest(CLEAN), failed({ name: 'TypeError' })), 'it fails by TypeError'],
    [
      'another assertion fails',
      ran(ranTest(CLEAN), failed({ lines: ['expect(c).toBe(d)'] })),
      'another assertion fails',
    ],
    [
      'the file does not load with it',
      {
        ...ran(ranTest(CLEAN), failed()),
        broken: [{ project: FAULT.id, file: 'test/a.test.ts', message: 'unexpected )' }],
      },
      'with the fault in: test/a.test.ts could not be run: unexpected )',
    ],
    [
      'what its test needs cannot be made without it',
      {
        ...ran(ranTest(CLEAN), failed()),
        broken: [{ project: CLEAN, file: 'test/a.test.ts', message: 'a hook failed' }],
      },
      'the product as it is: test/a.test.ts could not be run: a hook failed',
    ],
  ])('does not when %s', (_, all, why) => {
    const verdict = judge(FAULT, all);
    expect(verdict.caught).toBe(false);
    expect(verdict.why).toContain(why);
  });

  it('is stale when its place is not there, or there twice', () => {
    expect(changedFiles(FAULT, () => 'if (a < b)').get('src/a.ts')).toBe('if (a <= b)');
    expect(() => changedFiles(FAULT, () => 'if (b > a)')).toThrow(
      'some-fault is stale: its text is 0 times in src/a.ts',
    );
    expect(() => changedFiles(FAULT, () => 'a < b && a < b')).toThrow('2 times');
  });
});

describe('the sixteen', () => {
  it('are the files of their folder, each with a name of its own', () => {
    const files = readdirSync(join(ROOT, 'test/seeded-faults/faults')).map((name) => name.replace(/\.ts$/, ''));
    expect(SEEDED_FAULTS.map(({ id }) => id).sort()).toEqual(files.sort());
    expect(SEEDED_FAULTS).toHaveLength(16);
  });

  it.each(SEEDED_FAULTS.map((fault) => [fault.id, fault] as const))(
    '%s still fits the sources and its test',
    (_, fault) => {
      for (const [file, text] of changedFiles(fault, read)) {
        expect(file).toMatch(/^src\//);
        expect(text).not.toBe(read(file));
      }
      expect(read(fault.caughtBy.file)).toContain(fault.caughtBy.assertion);
    },
  );
});
