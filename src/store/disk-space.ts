import { statfs } from 'node:fs/promises';
import { CordonError } from '../domain/errors.ts';

/** Below this the embedded database takes no changes: when the disk is really full it hangs, and cannot be opened again until there is room. */
export const MIN_FREE_BYTES = 256 * 1024 * 1024;
/** The answer is good for so long; a look costs a system call. */
const GOOD_FOR_MS = 1_000;

/** Bytes that an ordinary user may still write where `path` is. */
async function freeBytes(path: string): Promise<number> {
  const { bavail, bsize } = await statfs(path);
  return bavail * bsize;
}

/** A check that throws CordonError `disk_full` while there is too little room. */
export function roomCheck(path: string, free: (path: string) => Promise<number> = freeBytes): () => Promise<void> {
  let lookedAt = Number.NEGATIVE_INFINITY;
  let bytes = 0;
  return async () => {
    if (performance.now() - lookedAt > GOOD_FOR_MS) {
      bytes = await free(path);
      lookedAt = performance.now();
    }
    if (bytes < MIN_FREE_BYTES) throw diskFull(path, bytes);
  };
}

function diskFull(path: string, bytes: number): CordonError {
  const mb = (count: number): string => `${Math.floor(count / 1024 / 1024)} MB`;
  return new CordonError(
    'disk_full',
    `Only ${mb(bytes)} are free where ${path} is; ${mb(MIN_FREE_BYTES)} are needed.`,
    {
      hint: 'Make room on that disk, or put CORDON_DATA_DIR on another one. Until then nothing is changed; nothing that was confirmed is lost.',
      retry: true,
    },
  );
}
