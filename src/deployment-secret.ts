import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from './config.ts';
import { CordonError } from './domain/errors.ts';
import { Secret } from './secret.ts';

/** File in the data directory that keeps the generated secret. */
export const SECRET_FILE = 'secret';

/**
 * The secret from which ExternalIds are made: `CORDON_SECRET`, else (embedded only) the one in the data directory, made at the first start with mode 0600.
 * Throws CordonError `secret_unreadable` when the file is there and holds no secret: a new one would silently change every ExternalId.
 */
export async function deploymentSecret(config: Pick<Config, 'secret' | 'dataDir'>): Promise<Secret> {
  if (config.secret !== null) return config.secret;
  await mkdir(config.dataDir, { recursive: true, mode: 0o700 });
  const path = join(config.dataDir, SECRET_FILE);
  const made = await createOnce(path, randomBytes(32).toString('hex'));
  return made ?? (await keptSecret(path));
}

/** Undefined when the file is there already. The link puts a complete file in place or none, so two starters agree on one secret. */
async function createOnce(path: string, text: string): Promise<Secret | undefined> {
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  await writeFile(draft, `${text}\n`, { flag: 'wx', mode: 0o600, flush: true });
  try {
    await link(draft, path);
    return new Secret(text);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return undefined;
    throw error;
  } finally {
    await unlink(draft);
  }
}

async function keptSecret(path: string): Promise<Secret> {
  const text = (await readFile(path, 'utf8')).trim();
  if (/^[0-9a-f]{64}$/.test(text)) return new Secret(text);
  throw new CordonError('secret_unreadable', `${path} does not hold a secret of 64 hexadecimal digits`, {
    hint: 'Restore the file from a backup or set CORDON_SECRET; with a new secret every member role needs its new ExternalId.',
  });
}
