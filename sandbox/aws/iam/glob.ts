/** Matches `*` (any run) and `?` (one character) over the whole text, in linear space and without building a regular expression. */
export function globMatches(pattern: string, text: string): boolean {
  let p = 0;
  let t = 0;
  let star = -1;
  let mark = 0;
  while (t < text.length) {
    if (pattern[p] === '*') {
      star = p++;
      mark = t;
    } else if (p < pattern.length && (pattern[p] === '?' || pattern[p] === text[t])) {
      p++;
      t++;
    } else if (star >= 0) {
      p = star + 1;
      t = ++mark;
    } else {
      return false;
    }
  }
  while (pattern[p] === '*') p++;
  return p === pattern.length;
}

/** Matches ARNs part by part: a `*` does not reach over a colon, but in the last part, which may hold colons itself. */
export function arnMatches(pattern: string, arn: string): boolean {
  const wanted = arnParts(pattern);
  const given = arnParts(arn);
  return (
    wanted.length === 6 && given.length === 6 && wanted.every((part, index) => globMatches(part, given[index] ?? ''))
  );
}

function arnParts(arn: string): string[] {
  const parts = arn.split(':');
  return parts.length < 6 ? parts : [...parts.slice(0, 5), parts.slice(5).join(':')];
}
