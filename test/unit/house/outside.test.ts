import { expect, test } from 'vitest';
import { projectFiles, textOf } from './project-files.ts';

const files = projectFiles().filter((path) => /^(src|workers)\/.*\.ts$/.test(path));

interface Ban {
  readonly pattern: RegExp;
  /** Where it may stand: with constants of our own, or towards our own socket. */
  readonly except: readonly string[];
  readonly samples: readonly string[];
}

/** Samples are put together from pieces, so that this file is not taken for what it looks for. */
const CODE: Ban = {
  pattern: /\beval\(|\bFunction\(|['"]node:vm['"]|\bnew RegExp\(/,
  except: ['src/sources/entities.ts', 'src/slack/console-link.ts'],
  samples: [
    ['ev', 'al(text)'],
    ['new Func', 'tion("return 1")'],
    ["import vm from 'node", ":vm'"],
    ['new Reg', 'Exp(text)'],
  ].map((pieces) => pieces.join('')),
};
const ADDRESSES: Ban = {
  pattern:
    /\bfetch\(|['"](node:)?(https|http2|tls|dgram|undici|axios|got)['"]|\b(?:request|get)\b[^;]*from 'node:http'|\bconnect\b[^;]*from 'node:net'/,
  // The socket of the command line.
  except: ['src/cli/ask.ts', 'src/cli/serve.ts'],
  samples: [
    ['await fet', 'ch(url)'],
    ["import { get } from 'node", ":https'"],
    ["import { request } from 'node", ":http'"],
    ["import { connect } from 'node", ":net'"],
    ["import { Agent } from 'und", "ici'"],
  ].map((pieces) => pieces.join('')),
};

const holding = ({ pattern, except }: Ban) =>
  files.filter((path) => !except.includes(path) && pattern.test(textOf(path)));

test('nothing in the product runs text as code, or makes a pattern from text of others', () => {
  expect(files.length).toBeGreaterThan(200);
  expect(holding(CODE)).toEqual([]);
});

test('nothing in the product fetches an address that it is given', () => {
  expect(holding(ADDRESSES)).toEqual([]);
});

test.each([
  ...CODE.samples.map((sample) => [sample, CODE] as const),
  ...ADDRESSES.samples.map((sample) => [sample, ADDRESSES] as const),
])('it would be found: %s', (sample, { pattern }) => {
  expect(sample).toMatch(pattern);
});

test('what is excepted still needs it', () => {
  for (const { pattern, except } of [CODE, ADDRESSES]) for (const path of except) expect(textOf(path)).toMatch(pattern);
});
