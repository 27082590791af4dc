import { MANAGEMENT_ACCOUNT, SECURITY_ACCOUNT } from '../../world.ts';
import { AwsError } from '../errors.ts';
import type { Call } from '../operation.ts';
import type { Organization } from '../organization.ts';

/** How long one call takes. Not nothing, so that two of them can overlap. */
const TAKES_MS = 4;

/** The accounts that have a call under way, by organisation. */
const busy = new WeakMap<Organization, Set<string>>();

/** The organisation is shown to its management account and to delegated administrators of a service alone. */
export function assertMayRead(call: Call): void {
  if (call.account === MANAGEMENT_ACCOUNT || call.account === SECURITY_ACCOUNT) return;
  throw new AwsError('AccessDeniedException', "You don't have permissions to access this resource.", { status: 400 });
}

/** Only the management account changes the organisation. */
export function assertMayChange(call: Call): void {
  if (call.account === MANAGEMENT_ACCOUNT) return;
  throw new AwsError('AccessDeniedException', "You don't have permissions to access this resource.", { status: 400 });
}

/** Answers one call of an account at a time: a second that overlaps is told to come again, as the real service does when it is called in parallel. */
export async function oneAtATime<T>(call: Call, work: () => T): Promise<T> {
  const accounts = busy.get(call.organization) ?? new Set<string>();
  busy.set(call.organization, accounts);
  if (accounts.has(call.account)) {
    const text =
      "AWS Organizations can't complete your request because another request is already in progress. Try again later.";
    throw new AwsError('TooManyRequestsException', text);
  }
  accounts.add(call.account);
  try {
    await new Promise((resolve) => setTimeout(resolve, TAKES_MS));
    return work();
  } finally {
    accounts.delete(call.account);
  }
}
