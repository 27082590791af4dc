/** A Markdown table; pipes in cells are escaped, line breaks become spaces. */
export function markdownTable(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replace(/\s*\n\s*/g, ' ').replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(heading), line(heading.map(() => '---')), ...rows.map(line)].join('\n');
}

/**
 * The text with what stands between `<!-- generated:NAME -->` and `<!-- /generated:NAME -->` replaced; with `hash`, between the lines `# generated:NAME`
 * and `# /generated:NAME`. Throws when the markers are not there once each.
 */
export function replaceBetweenMarkers(
  text: string,
  name: string,
  content: string,
  comments: 'html' | 'hash' = 'html',
): string {
  const [open, close] =
    comments === 'html'
      ? [`<!-- generated:${name} -->`, `<!-- /generated:${name} -->`]
      : [`# generated:${name}\n`, `# /generated:${name}\n`];
  const start = text.indexOf(open);
  const end = text.indexOf(close);
  if (start < 0 || end < start || text.indexOf(open, start + 1) >= 0) {
    throw new Error(`the markers ${open.trim()} … ${close.trim()} must stand once in the text, in this order`);
  }
  // A closing marker keeps its indentation.
  const line = text.lastIndexOf('\n', end) + 1;
  return `${text.slice(0, start + open.trimEnd().length)}\n${content}\n${text.slice(line)}`;
}
