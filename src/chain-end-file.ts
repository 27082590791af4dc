/** The furthest end of the audit chain that this host has acted on, in the data directory: after a restore of the database alone it is further than the database. */
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { CordonError } from './domain/errors.ts';
import type { ChainMemory, KnownEnd } from './ports.ts';

/** File in the data directory. */
export const CHAIN_END_FILE = 'chain-end';

const Kept = z.strictObject({
  epoch: z.number().int().min(1),
  seq: z.number().int().min(0),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
});

/** Written whole and synced before it replaces the last one, so that a crash leaves one or the other. Processes on one data directory share it. */
export function chainEndFile(dataDir: string): ChainMemory {
  const path = join(dataDir, CHAIN_END_FILE);
  let turn: Promise<unknown> = Promise.resolve();
  const last = async (): Promise<KnownEnd | undefined> => {
    try {
      return readEnd(await readFile(path, 'utf8'), path);
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw error;
    }
  };
  const keep = async (end: KnownEnd): Promise<void> => {
    const known = await last();
    if (known !== undefined && !isFurther(end, known)) return;
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    const draft = `${path}.${process.pid}`;
    const file = await open(draft, 'w', 0o600);
    try {
      await file.writeFile(`${JSON.stringify(end)}\n`);
      await file.datasync();
    } finally {
      await file.close();
    }
    await rename(draft, path);
  };
  return {
    compared: 'not-yet',
    last,
    keep(end) {
      const kept = turn.then(() => keep(end));
      turn = kept.catch(() => undefined);
      return kept;
    },
  };
}

function isFurther(end: KnownEnd, known: KnownEnd): boolean {
  return end.epoch > known.epoch || (end.epoch === known.epoch && end.seq > known.seq);
}

function readEnd(text: string, path: string): KnownEnd {
  try {
    return Kept.parse(JSON.parse(text));
  } catch (error) {
    throw new CordonError('chain_end_unreadable', `${path} is not what Cordon wrote there.`, {
      hint: 'Nothing is run while it cannot be read. Remove it only when you know that the database is the newest; then look with `cordon audit verify` and `cordon reconcile`.',
      cause: error,
    });
  }
}
