import { expect, test } from 'vitest';
import { markdownTable, replaceBetweenMarkers } from '../../../scripts/lib/table.ts';

test('a cell can neither end its column nor its row', () => {
  expect(markdownTable(['a'], [['x | y\n  z']])).toBe('| a |\n| --- |\n| x \\| y z |');
});

test('only what stands between the markers is replaced, and twice gives the same', () => {
  const text = 'before\n<!-- generated:x -->\nold\n<!-- /generated:x -->\nafter';
  const once = replaceBetweenMarkers(text, 'x', 'new');
  expect(once).toBe('before\n<!-- generated:x -->\nnew\n<!-- /generated:x -->\nafter');
  expect(replaceBetweenMarkers(once, 'x', 'new')).toBe(once);
});

test('in YAML the markers are comments on lines of their own, and the closing one keeps its indentation', () => {
  const text = 'a: [\n    # generated:x\n    # /generated:x\n  ]\n';
  const once = replaceBetweenMarkers(text, 'x', '    1,', 'hash');
  expect(once).toBe('a: [\n    # generated:x\n    1,\n    # /generated:x\n  ]\n');
  expect(replaceBetweenMarkers(once, 'x', '    1,', 'hash')).toBe(once);
  expect(() => replaceBetweenMarkers(text, 'y', '', 'hash')).toThrow('# generated:y');
});

test.each([
  ['none'],
  ['<!-- /generated:x --><!-- generated:x -->'],
  ['<!-- generated:x --><!-- generated:x --><!-- /generated:x -->'],
])('markers that are missing, turned or doubled are an error: %s', (text) => {
  expect(() => replaceBetweenMarkers(text, 'x', '')).toThrow('generated:x');
});
