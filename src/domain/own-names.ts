/** How Cordon's own things are told by name: the prefix of all that its templates make, and the names of its roles. Case does not count, as IAM does not tell names apart by it. */
const OWN_PREFIX = 'cordon-';

/** True when the name is one of Cordon's own, or a pattern (`*`, `?`) that could stand for one; what comes after the first wildcard is not looked at. */
export function isOwnName(name: string, roleNames: readonly string[]): boolean {
  const pattern = name.toLowerCase();
  const own = roleNames.map((one) => one.toLowerCase());
  const wildcard = pattern.search(/[*?]/);
  if (wildcard < 0) return pattern.startsWith(OWN_PREFIX) || own.includes(pattern);
  const start = pattern.slice(0, wildcard);
  return start.startsWith(OWN_PREFIX) || [OWN_PREFIX, ...own].some((one) => one.startsWith(start));
}
