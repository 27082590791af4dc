import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Edit, SeededFault } from './fault.ts';

/** The sources have changed where the fault was to be put in. */
export class StaleFault extends Error {}

/** Copied, because a test and what it imports must come from the same place; everything else is only looked at. */
const COPIED = ['src', 'test/support', 'test/unit', 'test/integration'];

/** Makes a copy of the project at `folder` that has the fault built in. Throws StaleFault; nothing is written to the project itself. */
export function buildWithFault(root: string, folder: string, fault: SeededFault): void {
  const changed = changedFiles(fault, (file) => readFileSync(join(root, file), 'utf8'));
  mkdirSync(join(folder, 'test'), { recursive: true });
  for (const part of COPIED) cpSync(join(root, part), join(folder, part), { recursive: true });
  const there = new Set([...COPIED, 'test']);
  for (const name of readdirSync(root))
    if (!there.has(name) && !name.startsWith('.')) symlinkSync(join(root, name), join(folder, name));
  for (const [file, text] of changed) writeFileSync(join(folder, file), text);
}

/** The files of src with the fault in, by path. `read` gives a file of the project. Throws StaleFault when a place is not there exactly once. */
export function changedFiles(fault: SeededFault, read: (file: string) => string): ReadonlyMap<string, string> {
  const changed = new Map<string, string>();
  for (const edit of fault.edits)
    changed.set(edit.file, edited(fault, edit, changed.get(edit.file) ?? read(edit.file)));
  return changed;
}

function edited({ id }: SeededFault, { file, before, after }: Edit, text: string): string {
  const pieces = text.split(before);
  if (pieces.length !== 2)
    throw new StaleFault(
      `the fault ${id} is stale: its text is ${pieces.length - 1} times in ${file}, not once: ${before}`,
    );
  return pieces.join(after);
}
