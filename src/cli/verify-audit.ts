import type { Checkpoint } from '../domain/checkpoint.ts';
import type { Deps } from '../ports.ts';
import { type Verdict, verifyAudit } from '../store/audit-chain.ts';

/** What a check of the audit chain found. */
export interface AuditCheck {
  readonly verdict: Verdict;
  /** Rows that were written since the first start. */
  readonly rows: number;
  /** Row after which the kept ones begin; 0 when none was removed by the retention policy. */
  readonly keptAfter: number;
  /** Places outside the database whose checkpoints were looked at, and how many there were. */
  readonly places: readonly string[];
  readonly outside: number;
  /** Public key of this deployment's checkpoints, base64. */
  readonly key: string;
}

/** The chain against every checkpoint that can be had: the database's own, and those of the places outside it. Throws when a place cannot be read. */
export async function checkAudit(deps: Deps): Promise<AuditCheck> {
  const { signer, places } = deps.auditKeeping;
  const outside = places(await deps.settings.current());
  const kept: Checkpoint[] = [];
  for (const place of outside) kept.push(...(await place.list()));
  const { read } = deps.store;
  const checkpoints = [...(await read.checkpoints.list()), ...kept];
  const verdict = await verifyAudit(read.audit, { checkpoints, key: signer.publicKey });
  return {
    verdict,
    rows: (await read.audit.head()).seq,
    keptAfter: (await read.audit.anchor()).seq,
    places: outside.map(({ name }) => name),
    outside: kept.length,
    key: signer.publicKey,
  };
}

/** What a check without checkpoints from outside cannot see, in words; undefined with them. */
export function blindSpot(outside: number): string | undefined {
  if (outside > 0) return undefined;
  return 'Without checkpoints outside the database it cannot be seen that rows were cut off at the end together with their record, or that the whole chain was written anew.';
}
