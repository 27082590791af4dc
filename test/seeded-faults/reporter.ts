import { readFileSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import type { Reporter, TestCase, TestModule } from 'vitest/node';
import type { Ran, RanTest } from './ran.ts';

type Failure = NonNullable<ReturnType<TestCase['result']>['errors']>[number];

/** Writes what ran to `file`, with the source lines through which each error came. */
export function ranReporter(file: string): Reporter {
  const tests: RanTest[] = [];
  const broken: Ran['broken'] = [];
  return {
    onTestCaseResult(test) {
      const { state, errors = [] } = test.result();
      if (state === 'skipped') return;
      tests.push({
        ...placeOf(test.module),
        test: test.fullName,
        state,
        ms: test.diagnostic()?.duration ?? 0,
        errors: errors.map(told),
      });
    },
    onTestSuiteResult(suite) {
      for (const { message } of suite.errors()) broken.push({ ...placeOf(suite.module), message });
    },
    onTestModuleEnd(module) {
      for (const { message } of module.errors()) broken.push({ ...placeOf(module), message });
    },
    onTestRunEnd(_, unhandled) {
      for (const { message } of unhandled) broken.push({ project: '', file: '', message });
      writeFileSync(file, JSON.stringify({ tests, broken } satisfies Ran));
    },
  };
}

function placeOf(module: TestModule): { readonly project: string; readonly file: string } {
  const { name, config } = module.project;
  return { project: name, file: relative(config.root, module.moduleId) };
}

function told({ name = 'Error', message, stacks = [] }: Failure): RanTest['errors'][number] {
  const lines = stacks.filter(({ file }) => file.endsWith('.test.ts')).map(({ file, line }) => lineOf(file, line));
  return { name, message, lines };
}

function lineOf(file: string, line: number): string {
  return readFileSync(file, 'utf8').split('\n')[line - 1] ?? '';
}
