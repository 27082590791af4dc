/** What our pages name as proof: links whose text is the title of a test and whose target is the file that holds it. Pure. */
import { posix } from 'node:path';

export interface Evidence {
  /** Title of the test, its suites before it if need be (` > `); `…` stands for what a table of cases or a number puts in. */
  readonly title: string;
  /** From the project root. */
  readonly file: string;
}

/** Every link of a page into test/, in order. */
export function evidenceOf(page: string, text: string): readonly Evidence[] {
  return [...text.matchAll(/\[([^\]]+)\]\(([^)#\s]+\.ts)\)/g)]
    .map(([, title = '', target = '']) => ({
      title: title.replace(/\s+/g, ' '),
      file: posix.normalize(posix.join(posix.dirname(page), target)),
    }))
    .filter(({ file }) => file.startsWith('test/'));
}

/** A text as the first argument of a call. */
const TEXT = /\s*(?:'((?:\\.|[^'\\])*)'|"((?:\\.|[^"\\])*)"|`((?:\\.|[^`\\])*)`)/;

/** The titles of all tests of a file, as they are written: `it('…')`, `test('…')`, `it.each(…)('…')`. */
export function titlesOf(source: string): readonly string[] {
  return textsAfter(/(?:\b(?:it|test)(?:\.[a-z]+)?\(|\)\()/, source);
}

function suitesOf(source: string): readonly string[] {
  return textsAfter(/\bdescribe(?:\.[a-z]+\([^\n]*\))?\(/, source);
}

function textsAfter(begin: RegExp, source: string): readonly string[] {
  return [...source.matchAll(new RegExp(begin.source + TEXT.source, 'g'))].map(([, single, double, back]) =>
    (single ?? double ?? back ?? '').replace(/\\(.)/g, '$1'),
  );
}

/** Why the evidence is none; undefined when there is a test of that title. `read` gives a file's text, or undefined. */
export function whyNone({ title, file }: Evidence, read: (file: string) => string | undefined): string | undefined {
  const source = read(file);
  if (source === undefined) return `${file} is not there`;
  const suites = title.split(' > ');
  const test = suites.pop() ?? '';
  const there =
    titlesOf(source).some((one) => fits(test, one)) &&
    suites.every((suite) => suitesOf(source).some((one) => fits(suite, one)));
  return there ? undefined : `${file} has no test “${title}”`;
}

function fits(title: string, written: string): boolean {
  const pieces = title.split('…');
  if (pieces.length === 1) return title === written;
  let rest = written;
  const [first = '', last = ''] = [pieces[0], pieces.at(-1)];
  if (!written.startsWith(first) || !written.endsWith(last)) return false;
  for (const piece of pieces) {
    const at = rest.indexOf(piece);
    if (at < 0) return false;
    rest = rest.slice(at + piece.length);
  }
  return true;
}

export interface Section {
  readonly title: string;
  readonly text: string;
}

/** The parts of a page that begin with a heading of that level. */
export function sectionsOf(text: string, level: number): readonly Section[] {
  const mark = `\n${'#'.repeat(level)} `;
  return `\n${text}`
    .split(mark)
    .slice(1)
    .map((part) => ({ title: part.split('\n')[0] ?? '', text: part.split(/\n#{1,6} /)[0] ?? '' }));
}
