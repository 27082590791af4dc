import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { messageOf } from '../domain/errors.ts';
import { UsageError } from './command.ts';

/** A file with its text, or why there is none. `name` is as the caller would write it. */
export interface FindingFile {
  readonly name: string;
  readonly text: string | null;
  readonly problem: string | null;
}

/** Larger than any message a queue can hold; a file beyond it is refused unread. */
const MAX_BYTES = 8 * 1024 * 1024;
const EXTENSION = /\.(json|jsonl|ndjson)$/;

/** The files named, and every .json, .jsonl and .ndjson file below the directories named, in a stable order. Throws UsageError when nothing is named. */
export async function* findingFiles(cwd: string, names: readonly string[]): AsyncGenerator<FindingFile> {
  if (names.length === 0) throw new UsageError('Name at least one file or directory with findings.');
  for (const name of names) yield* filesAt(cwd, resolve(cwd, name), true);
}

async function* filesAt(cwd: string, path: string, named: boolean): AsyncGenerator<FindingFile> {
  const name = relative(cwd, path) || path;
  try {
    const info = await stat(path);
    if (info.isDirectory()) {
      for (const entry of (await readdir(path)).sort()) yield* filesAt(cwd, join(path, entry), false);
    } else if (named || EXTENSION.test(path)) {
      if (info.size > MAX_BYTES) yield { name, text: null, problem: `is larger than ${MAX_BYTES} bytes` };
      else yield { name, text: await readFile(path, 'utf8'), problem: null };
    }
  } catch (error) {
    yield { name, text: null, problem: messageOf(error) };
  }
}
