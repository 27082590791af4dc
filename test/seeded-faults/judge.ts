import type { SeededFault } from './fault.ts';
import { CLEAN, type Ran, type RanTest } from './ran.ts';

/** What became of one fault. `why` is empty when it was caught. */
export interface Verdict {
  readonly caught: boolean;
  readonly why: string;
  /** The message of the assertion that failed, first line; empty when there was none. */
  readonly message: string;
}

/**
 * A fault is caught when its test holds on the product as it is and fails with the fault in, in the assertion that was named. A syntax error, a file that
 * does not load, an exception or another assertion is not that: it would also come from a change that harms nobody.
 */
export function judge(fault: SeededFault, ran: Ran): Verdict {
  const unsound = brokenIn(ran, CLEAN, fault);
  if (unsound !== undefined) return missed(`the product as it is: ${unsound}`);
  const clean = find(ran, CLEAN, fault);
  if (clean?.state !== 'passed') return missed(`the test does not pass on the product as it is: ${stateOf(clean)}`);
  const broken = brokenIn(ran, fault.id, fault);
  if (broken !== undefined) return missed(`with the fault in: ${broken}`);
  const seeded = find(ran, fault.id, fault);
  if (seeded?.state !== 'failed') return missed(`with the fault in the test is ${stateOf(seeded)}`);
  const [error] = seeded.errors;
  if (error?.name !== 'AssertionError')
    return missed(`it fails by ${error?.name ?? 'nothing'}: ${error?.message ?? ''}`);
  if (!error.lines.some((line) => line.includes(fault.caughtBy.assertion)))
    return missed(`another assertion fails: ${error.lines[0]?.trim() ?? error.message}`);
  return { caught: true, why: '', message: error.message.split('\n')[0] ?? '' };
}

function find(ran: Ran, project: string, { caughtBy: { file, test } }: SeededFault): RanTest | undefined {
  return ran.tests.find((one) => one.project === project && one.file === file && one.test === test);
}

/** What broke outside of any test: the file did not load, or something that its tests need could not be made. */
function brokenIn(ran: Ran, project: string, { caughtBy: { file } }: SeededFault): string | undefined {
  const broken = ran.broken.find((one) => one.project === project && one.file === file);
  return broken && `${file} could not be run: ${broken.message.split('\n')[0] ?? ''}`;
}

function stateOf(test: RanTest | undefined): string {
  if (test === undefined) return 'not there';
  return [test.state, ...test.errors.map(({ message }) => message.split('\n')[0] ?? '')].join(', ');
}

function missed(why: string): Verdict {
  return { caught: false, why, message: '' };
}
