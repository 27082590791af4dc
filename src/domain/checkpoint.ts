import { createHash, createPrivateKey, createPublicKey, hkdfSync, type KeyObject, sign, verify } from 'node:crypto';
import { z } from 'zod';
import { canonicalJson, type Json } from './json.ts';

/** Hex SHA-256. */
const Hash = z.string().regex(/^[0-9a-f]{64}$/);

/** A signed statement that the audit chain had so many rows and ended with that hash at that time. Kept outside the database, it shows a later cut or rewrite. */
export const Checkpoint = z.strictObject({
  schema: z.literal('cordon/checkpoint/v1'),
  seq: z.number().int().min(1),
  hash: Hash,
  /** ISO 8601, by the database's clock. */
  at: z.iso.datetime(),
  /** The signer's public key: Ed25519, 32 bytes, base64. */
  key: z.base64(),
  /** Over the canonical JSON of the fields above, base64. */
  signature: z.base64(),
});
export type Checkpoint = z.infer<typeof Checkpoint>;

const End = z.strictObject({ seq: z.number().int().min(1), hash: Hash });

/**
 * A signed statement that the database was restored from a backup, and which ends of the chain were left behind by it. It stands in the details of an audit row:
 * only who has the deployment's secret can explain away that rows are gone.
 */
export const RestoreStatement = z.strictObject({
  schema: z.literal('cordon/restore/v1'),
  epoch: z.number().int().min(2),
  /** ISO 8601, by the database's clock. */
  at: z.iso.datetime(),
  abandoned: z.array(End),
  key: z.base64(),
  signature: z.base64(),
});
export type RestoreStatement = z.infer<typeof RestoreStatement>;

/** Signs checkpoints. Made from the deployment's secret, so every process of a deployment signs alike, and there is no second secret to keep. */
export interface CheckpointSigner {
  /** Base64 of the public key: keep it where the database's owner cannot change it. */
  readonly publicKey: string;
  sign(head: { readonly seq: number; readonly hash: string }, at: string): Checkpoint;
  signRestore(restore: Pick<RestoreStatement, 'epoch' | 'at' | 'abandoned'>): RestoreStatement;
}

/** RFC 8410: what stands before the 32 bytes of an Ed25519 private or public key. */
const PRIVATE_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
const PUBLIC_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');
const INFO = 'cordon audit checkpoints v1';

/** `secret` is the deployment's secret text; the key is derived from it one way (HKDF-SHA-256). */
export function checkpointSigner(secret: string): CheckpointSigner {
  const seed = Buffer.from(hkdfSync('sha256', secret, '', INFO, 32));
  const key = createPrivateKey({ key: Buffer.concat([PRIVATE_PREFIX, seed]), format: 'der', type: 'pkcs8' });
  const publicKey = createPublicKey(key)
    .export({ format: 'der', type: 'spki' })
    .subarray(PUBLIC_PREFIX.length)
    .toString('base64');
  const signed = (body: Json): string => sign(null, Buffer.from(canonicalJson(body)), key).toString('base64');
  return {
    publicKey,
    sign({ seq, hash }, at) {
      const body = { schema: 'cordon/checkpoint/v1' as const, seq, hash, at, key: publicKey };
      return { ...body, signature: signed(body) };
    },
    signRestore({ epoch, at, abandoned }) {
      const body = { schema: 'cordon/restore/v1' as const, epoch, at, abandoned, key: publicKey };
      return { ...body, signature: signed(body) };
    },
  };
}

/** True when the statement was signed by that key, and nothing of it was changed. */
export function isSignedBy(statement: Checkpoint | RestoreStatement, publicKey: string): boolean {
  const { signature, ...body } = statement;
  if (body.key !== publicKey) return false;
  const key = publicKeyOf(publicKey);
  return key !== undefined && verify(null, Buffer.from(canonicalJson(body)), key, Buffer.from(signature, 'base64'));
}

function publicKeyOf(base64: string): KeyObject | undefined {
  const raw = Buffer.from(base64, 'base64');
  if (raw.length !== 32) return undefined;
  return createPublicKey({ key: Buffer.concat([PUBLIC_PREFIX, raw]), format: 'der', type: 'spki' });
}

/** Short name of a key, for people to compare. */
export function fingerprint(publicKey: string): string {
  return createHash('sha256').update(Buffer.from(publicKey, 'base64')).digest('hex').slice(0, 16);
}
