import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The file whose mere presence in the data directory stops every change; the flow looks for it before each claim and step. */
export const STOP_FILE = 'STOP';

/** Leaves the file, with who and why for whoever finds it. Gives its path. */
export async function leaveStopFile(dataDir: string, user: string, reason: string): Promise<string> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const path = join(dataDir, STOP_FILE);
  await writeFile(path, `${new Date().toISOString()} ${user}: ${reason}\n`, { flag: 'a', mode: 0o600, flush: true });
  return path;
}
