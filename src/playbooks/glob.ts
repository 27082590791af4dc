/** Globs of match rules: `*` stands for any characters, everything else for itself, case does not count. No regular expressions are built from them. */

/** True when the whole text fits. Linear in practice: one position to go back to. */
export function globMatches(glob: string, text: string): boolean {
  const [pattern, subject] = [glob.toLowerCase(), text.toLowerCase()];
  let [p, s, star, resume] = [0, 0, -1, 0];
  while (s < subject.length) {
    if (pattern[p] === '*') {
      star = p;
      resume = s;
      p += 1;
    } else if (pattern[p] === subject[s]) {
      p += 1;
      s += 1;
    } else if (star >= 0) {
      p = star + 1;
      resume += 1;
      s = resume;
    } else return false;
  }
  while (pattern[p] === '*') p += 1;
  return p === pattern.length;
}

export function isExact(glob: string): boolean {
  return !glob.includes('*');
}

export function literalCount(glob: string): number {
  return glob.replaceAll('*', '').length;
}

/** True when some text fits both globs. */
export function globsOverlap(first: string, second: string): boolean {
  const [a, b] = [first.toLowerCase(), second.toLowerCase()];
  const known = new Map<number, boolean>();
  const from = (i: number, j: number): boolean => {
    const key = i * (b.length + 1) + j;
    const seen = known.get(key);
    if (seen !== undefined) return seen;
    const result = step(i, j);
    known.set(key, result);
    return result;
  };
  const step = (i: number, j: number): boolean => {
    if (i === a.length && j === b.length) return true;
    if (a[i] === '*') return from(i + 1, j) || (j < b.length && from(i, j + 1));
    if (b[j] === '*') return from(i, j + 1) || (i < a.length && from(i + 1, j));
    return i < a.length && a[i] === b[j] && from(i + 1, j + 1);
  };
  return from(0, 0);
}
