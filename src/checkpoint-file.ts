/** Checkpoints in a file on the host, one JSON line each: the simplest place outside the database. Best on another disk, or shipped away by a log collector. */
import { mkdir, open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Checkpoint } from './domain/checkpoint.ts';
import { CordonError, messageOf } from './domain/errors.ts';
import type { CheckpointPlace } from './ports.ts';

/** Appends to the file at `path`, synced to disk; makes it when it is not there. */
export function checkpointFile(path: string): CheckpointPlace {
  const list = async (): Promise<readonly Checkpoint[]> => {
    try {
      return readCheckpoints(await readFile(path, 'utf8'), path);
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
      throw error;
    }
  };
  return {
    name: 'file',
    async put(checkpoint) {
      await mkdir(dirname(path), { recursive: true });
      const file = await open(path, 'a', 0o600);
      try {
        await file.appendFile(`${JSON.stringify(checkpoint)}\n`);
        await file.datasync();
      } finally {
        await file.close();
      }
    },
    list,
    since: async (seq) => (await list()).filter((one) => one.seq >= seq),
  };
}

/** The lines of a file of checkpoints; `name` is only named in errors. Throws CordonError `checkpoint_unreadable` with the line. */
export function readCheckpoints(text: string, name: string): readonly Checkpoint[] {
  return text.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return [];
    try {
      return [Checkpoint.parse(JSON.parse(line))];
    } catch (error) {
      throw new CordonError(
        'checkpoint_unreadable',
        `${name}, line ${index + 1} is no checkpoint: ${messageOf(error).slice(0, 200)}`,
        { hint: 'A line that was cut off may be taken out; any other change means that somebody has edited the file.' },
      );
    }
  });
}
