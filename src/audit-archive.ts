/** Audit rows as files of JSON lines: what `audit export` writes and what the retention policy puts away. */
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, open, rename } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { AuditRow } from './domain/audit.ts';

/** Which rows: those after one number, up to and including another. */
export interface RowRange {
  readonly after: number;
  readonly through: number;
}

/** Writes the rows to a new file in `folder`, synced before it gets its name, so that a file under that name is whole. Returns its name and content's hash. */
export async function archiveRows(
  folder: string,
  range: RowRange,
  pages: AsyncIterable<readonly AuditRow[]>,
): Promise<{ readonly name: string; readonly sha256: string }> {
  const name = `audit-${range.after + 1}-${range.through}.jsonl`;
  await mkdir(resolve(folder), { recursive: true, mode: 0o700 });
  const path = join(resolve(folder), name);
  const hash = createHash('sha256');
  // A name of its own: two processes may be at it at once, and one must not empty what the other is about to put in place.
  const part = `${path}.${randomBytes(6).toString('hex')}.part`;
  const file = await open(part, 'wx', 0o600);
  let last = range.after;
  try {
    for await (const rows of pages) {
      const wanted = rows.filter((row) => row.seq <= range.through);
      const text = wanted.map((row) => `${JSON.stringify(row)}\n`).join('');
      hash.update(text);
      await file.appendFile(text);
      last = wanted.at(-1)?.seq ?? last;
      if (wanted.length < rows.length) break;
    }
    await file.datasync();
  } finally {
    await file.close();
  }
  if (last !== range.through) throw new Error(`the archive ends at row ${last} instead of ${range.through}`);
  await rename(part, path);
  return { name, sha256: hash.digest('hex') };
}
