import { accountLabel, type LeftOut, leftOutText } from '../domain/account.ts';
import type { Deps, HealthNote } from '../ports.ts';

/**
 * Looks whether the roles of one account can be used, and keeps one row for each. An account that AWS has suspended or closed is not asked. `now` asks also while
 * the account rests after a failure: for a person who has just mended it. Throws only when the store or the settings cannot be read.
 */
export async function checkAccount(deps: Deps, accountId: string, now = false): Promise<readonly HealthNote[]> {
  const settings = await deps.settings.current();
  const shut = settings.leftOut.find((one) => one.account.id === accountId);
  const account = settings.accounts.find((one) => one.id === accountId);
  const notes = shut ? [suspended(shut)] : account ? await deps.roles.check(account.id, now) : [];
  await deps.store.tx(async (tx) => {
    for (const note of notes) await tx.health.put(note);
  });
  return notes;
}

function suspended(out: LeftOut): HealthNote {
  return {
    accountId: out.account.id,
    purpose: 'read',
    state: 'suspended',
    detail: `AWS Organizations says ${out.because}: ${accountLabel(out.account, out.account.id)} is ${leftOutText(out)}.`,
    hint: 'Exclude the account in cordon.yaml, or ask AWS Support why it is not active.',
  };
}
