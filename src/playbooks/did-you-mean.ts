/** The nearest known name, when it is near enough to be a typo; otherwise undefined. */
function nearest(name: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  let distance = Math.max(2, Math.floor(name.length / 4)) + 1;
  for (const candidate of known) {
    const here = editDistance(name.toLowerCase(), candidate.toLowerCase(), distance);
    if (here < distance) [best, distance] = [candidate, here];
  }
  return best;
}

/** Levenshtein, given up once it reaches `limit`. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? limit;
}

/** `Did you mean x?` or the fallback. */
export function suggestion(name: string, known: Iterable<string>, otherwise: string): string {
  const near = nearest(name, known);
  return near === undefined ? otherwise : `Did you mean ${near}?`;
}
