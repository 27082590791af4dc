/** The parts of npm's lock file (version 3) that matter here; everything else is kept as it is. */
export interface LockedPackage {
  readonly version?: string;
  readonly integrity?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly [other: string]: unknown;
}
export interface Lockfile {
  readonly packages: Readonly<Record<string, LockedPackage>>;
  readonly [other: string]: unknown;
}

const SYSTEMS = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32'];
const CPUS = ['arm', 'arm64', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'x64'];
const INSIDE = 'node_modules/';

/** Optional packages that a package names and the lock file does not hold: `[name, version, path of the package that names it]`. */
export function missingOptional({
  packages,
}: Lockfile): readonly (readonly [name: string, version: string, by: string])[] {
  const held = new Set(
    Object.entries(packages)
      .filter(([path, one]) => path !== '' && one.version !== undefined)
      .map(([path]) => path.slice(path.lastIndexOf(INSIDE) + INSIDE.length)),
  );
  return Object.entries(packages).flatMap(([by, one]) =>
    Object.entries(one.optionalDependencies ?? {})
      .filter(([name]) => !held.has(name))
      .map(([name, version]) => [name, version, by] as const),
  );
}

/** The lock file with those put back. Without integrity: the registry in use cannot tell it. Throws when a name does not say its platform. */
export function completed(lock: Lockfile): { readonly lockfile: Lockfile; readonly added: readonly string[] } {
  const missing = missingOptional(lock);
  const entries = missing.map(
    ([name, version, by]) => [`${INSIDE}${name}`, entryOf(name, version, lock.packages[by])] as const,
  );
  const packages = Object.fromEntries(
    [
      ...Object.entries(lock.packages).filter(([path, one]) => path === '' || one.version !== undefined),
      ...entries,
    ].sort(([a], [b]) => (a < b ? -1 : 1)),
  );
  return { lockfile: { ...lock, packages }, added: missing.map(([name]) => name) };
}

function entryOf(name: string, version: string, by: LockedPackage | undefined): LockedPackage {
  const words = name.split(/[/-]/);
  const os = SYSTEMS.find((one) => words.includes(one));
  const cpu = CPUS.find((one) => words.includes(one));
  if (os === undefined || cpu === undefined || !/^\d/.test(version))
    throw new Error(`${name}@${version} does not say its platform or version`);
  const libc = words.some((word) => word.startsWith('musl'))
    ? 'musl'
    : words.some((word) => word.startsWith('gnu'))
      ? 'glibc'
      : undefined;
  return {
    version,
    cpu: [cpu],
    ...(by?.['dev'] === true && { dev: true }),
    ...(libc && { libc: [libc] }),
    optional: true,
    os: [os],
  };
}
