import { SYSTEM } from '../domain/audit.ts';
import { CordonError, messageOf } from '../domain/errors.ts';
import { mayEnter } from '../domain/merge-accounts.ts';
import type { OrganizationList } from '../domain/organization.ts';
import type { Deps, OrganizationChange } from '../ports.ts';

/** After a refresh that failed, the next comes so soon, or at its usual time when that is sooner. */
const AGAIN_SECONDS = 5 * 60;
/** More ids than this are counted and not named in the record. */
const NAMED = 50;

/**
 * Reads the organization's accounts and keeps them for all processes, with a record of what changed: owners may come from here. When it cannot be read, the accounts
 * stay as they were and the reason is kept beside them. Returns undefined then.
 */
export async function discover(deps: Deps): Promise<OrganizationChange | undefined> {
  const { organization } = await deps.settings.current();
  const tags = [organization.ownersTag, organization.environmentTag].filter((key) => key !== undefined);
  let list: OrganizationList;
  try {
    list = await deps.organization.list({ tags, wanted: (account) => mayEnter({ organization }, account) });
  } catch (error) {
    await keepFailure(deps, error);
    return undefined;
  }
  return deps.store.tx(async (tx) => {
    const change = await tx.organization.replace(list);
    if (change.added.length + change.removed.length + change.changed.length === 0) return change;
    await tx.audit.append({
      event: 'accounts.changed',
      actor: SYSTEM,
      subject: 'accounts',
      details: {
        accounts: list.accounts.length,
        added: named(change.added),
        removed: named(change.removed),
        changed: named(change.changed),
      },
    });
    return change;
  });
}

async function keepFailure(deps: Deps, error: unknown): Promise<void> {
  const problem = {
    code: error instanceof CordonError ? error.code : 'unknown',
    message: messageOf(error),
    hint: error instanceof CordonError ? error.hint : 'See the log.',
  };
  deps.log.warn(problem, 'AWS Organizations could not be read; the accounts stay as they were read last');
  await deps.store.read.organization.failed(problem, AGAIN_SECONDS);
}

function named(ids: readonly string[]): readonly string[] {
  return ids.length <= NAMED ? ids : [...ids.slice(0, NAMED), `and ${ids.length - NAMED} more`];
}
