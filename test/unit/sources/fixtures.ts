import { readdirSync, readFileSync } from 'node:fs';
import type { Finding } from '../../../src/domain/finding.ts';
import { type Problem, readFindings } from '../../../src/sources/read.ts';

const FOLDER = new URL('../../fixtures/findings/', import.meta.url);

/** Names of all of them. */
export function fixtureNames(): readonly string[] {
  return readdirSync(FOLDER).map((file) => file.replace(/\.json$/, ''));
}

/** The text of one of our own fixtures, by its name without `.json`. */
export function bodyOf(name: string): string {
  return readFileSync(new URL(`${name}.json`, FOLDER), 'utf8');
}

/** The one finding of a fixture; fails when there is a problem or another number. */
export function findingOf(name: string): Finding {
  const { findings, problems } = readFindings(bodyOf(name));
  const [finding] = findings;
  if (finding === undefined || findings.length > 1 || problems.length > 0) {
    throw new Error(`${name}: ${findings.length} findings, problems ${JSON.stringify(problems)}`);
  }
  return finding;
}

/** The one problem of a fixture that cannot be read. */
export function problemOf(name: string): Problem {
  const { findings, problems } = readFindings(bodyOf(name));
  const [problem] = problems;
  if (problem === undefined || problems.length > 1 || findings.length > 0) {
    throw new Error(`${name}: ${findings.length} findings, ${problems.length} problems`);
  }
  return problem;
}
