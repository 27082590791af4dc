import { expect, test } from 'vitest';
import {
  countLane,
  LANES,
  type LaneResult,
  laneFolder,
  requiredLanes,
  summary,
  type Tools,
  verdict,
  whyNot,
} from '../../../scripts/lib/lanes.ts';
import vitestConfig from '../../../vitest.config.ts';

const EVERYTHING: Tools = {
  find: (...names) => `/usr/bin/${names[0]}`,
  answers: () => true,
  environment: (name) => (name === 'CORDON_LONG_LANES' ? '1' : '/samples'),
  isFolder: () => true,
  hasTests: () => true,
};
const NOTHING: Tools = {
  find: () => undefined,
  answers: () => false,
  environment: () => undefined,
  isFolder: () => false,
  hasTests: () => true,
};

const GREEN = { numPassedTests: 3, numFailedTests: 0, numPendingTests: 1, numTodoTests: 0, testResults: [] };

test('with every tool every lane runs; with none, those that need npm alone', () => {
  expect(LANES.filter((lane) => whyNot(lane, EVERYTHING) === undefined)).toEqual(LANES);
  expect(LANES.filter((lane) => whyNot(lane, NOTHING) === undefined)).toEqual(['unit', 'integration']);
});

test('a shim that does not start and an empty folder are told', () => {
  expect(whyNot('moto', { ...EVERYTHING, answers: () => false })).toContain('does not start');
  expect(whyNot('e2e', { ...EVERYTHING, hasTests: () => false })).toBe('no tests in test/lanes/e2e');
});

test('vitest has a project for every lane, at the lane’s folder', () => {
  const projects = vitestConfig.test?.projects?.map((project) =>
    typeof project === 'object' && 'test' in project
      ? { name: project.test?.name, include: project.test?.include }
      : {},
  );
  expect(projects).toEqual(LANES.map((lane) => ({ name: lane, include: [`${laneFolder(lane)}/**/*.test.ts`] })));
});

test('required lanes are read by comma or space and a misspelt one is an error', () => {
  expect(requiredLanes('postgres, redis e2e')).toEqual(['postgres', 'redis', 'e2e']);
  expect(requiredLanes(undefined)).toEqual([]);
  expect(() => requiredLanes('postgress')).toThrow('postgress');
});

test('a red lane never counts as green', () => {
  expect(countLane('unit', GREEN, 0)).toEqual({ lane: 'unit', ran: true, passed: 3, failed: 0, skipped: 1 });
  expect(countLane('unit', GREEN, 1)).toMatchObject({ failed: 1 });
  expect(countLane('unit', GREEN, null)).toMatchObject({ failed: 1 });
  expect(countLane('unit', undefined, 0)).toMatchObject({ passed: 0, failed: 1 });
  const brokenFile = { ...GREEN, testResults: [{ status: 'failed', assertionResults: [] }] };
  expect(countLane('unit', brokenFile, 1)).toMatchObject({ passed: 3, failed: 1 });
  const failedTest = {
    ...GREEN,
    numFailedTests: 2,
    testResults: [{ status: 'failed', assertionResults: [{ status: 'failed' }] }],
  };
  expect(countLane('unit', failedTest, 1)).toMatchObject({ failed: 2 });
});

test('a required lane that did not run, or ran nothing, fails the whole', () => {
  const results: LaneResult[] = [
    { lane: 'unit', ran: true, passed: 5, failed: 0, skipped: 0 },
    { lane: 'redis', ran: false, why: 'redis-server not on PATH' },
    { lane: 'e2e', ran: true, passed: 0, failed: 0, skipped: 2 },
  ];
  expect(verdict(results, [])).toEqual([]);
  expect(verdict(results, ['redis', 'e2e', 'moto'])).toEqual([
    'lane redis is required and did not run: redis-server not on PATH',
    'lane e2e is required and ran 0 tests',
    'lane moto is required and was not started',
  ]);
});

test('the summary names each lane and ends with the sums alone on a line', () => {
  const results: LaneResult[] = [
    { lane: 'unit', ran: true, passed: 5, failed: 1, skipped: 0 },
    { lane: 'integration', ran: true, passed: 7, failed: 0, skipped: 0 },
    { lane: 'redis', ran: false, why: 'redis-server not on PATH' },
  ];
  const text = summary(results, ['redis']);
  expect(text.split('\n').at(-1)).toBe('12 passed, 1 failed');
  expect(text).toContain('redis (required)  NOT RUN: redis-server not on PATH');
  expect(text).toContain('FAILED  lane unit: 1 failed');
});
