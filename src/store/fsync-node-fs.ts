import type { PGlite } from '@electric-sql/pglite';
import { NodeFS } from '@electric-sql/pglite/nodefs';

/** The start-up argument by which PGlite turns syncing off. */
const NO_FSYNC = '-F';

/**
 * PGlite's file system on a real directory, with a sync that reaches the disk: the one it brings has none, and the database is told not to ask for it.
 * Rests on PGlite's inside (0.5.16): the version is pinned and a test counts the syncs.
 */
export class FsyncNodeFS extends NodeFS {
  readonly #sync: (descriptor: number) => void;

  constructor(directory: string, sync: (descriptor: number) => void) {
    super(directory);
    this.#sync = sync;
  }

  override async init(pg: PGlite, options: Parameters<NodeFS['init']>[1]): ReturnType<NodeFS['init']> {
    const result = await super.init(pg, options);
    const before = result.emscriptenOpts.preRun;
    const install = (module: unknown): void => installSync(module, this.#sync);
    result.emscriptenOpts.preRun = [...(Array.isArray(before) ? before : before ? [before] : []), install];
    return result;
  }
}

/** Start-up arguments under which the database syncs at every commit. */
export function syncingStartParams(defaults: readonly string[]): string[] {
  return [...defaults.filter((one) => one !== NO_FSYNC), '-c', 'wal_sync_method=fsync', '-c', 'shared_buffers=32MB'];
}

interface FileStream {
  readonly nfd?: number;
}
interface NodeFsModule {
  readonly NODEFS: { readonly stream_ops: { fsync?: (stream: FileStream) => number } };
}

function installSync(module: unknown, sync: (descriptor: number) => void): void {
  if (!hasNodeFs(module)) throw new Error('PGlite has changed inside: there is no NODEFS to teach syncing');
  module.NODEFS.stream_ops.fsync = ({ nfd }) => {
    if (nfd !== undefined) syncUnlessUnsyncable(nfd, sync);
    return 0;
  };
}

/** A directory or a pipe cannot be synced so (EINVAL); anything else is a failing disk and must be seen. */
function syncUnlessUnsyncable(descriptor: number, sync: (descriptor: number) => void): void {
  try {
    sync(descriptor);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EINVAL')) throw error;
  }
}

function hasNodeFs(module: unknown): module is NodeFsModule {
  if (typeof module !== 'object' || module === null || !('NODEFS' in module)) return false;
  const nodefs = module.NODEFS;
  return typeof nodefs === 'object' && nodefs !== null && 'stream_ops' in nodefs;
}
