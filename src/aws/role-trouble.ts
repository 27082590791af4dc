import type { Account } from '../domain/account.ts';
import { AwsCallError } from '../domain/errors.ts';
import type { Settings } from '../domain/settings.ts';
import type { AccountHealth } from '../ports.ts';
import { AssumeRoleError, causeOf, type Presence } from './assume-role-cause.ts';
import type { Bench } from './bench.ts';
import { isDenied, wasNotSent } from './errors.ts';
import { externalIdOf } from './external-id.ts';
import { roleArn } from './role-arn.ts';

/** How long nobody asks for a role again after it could not be assumed. Together with what is asked to learn the cause: at most three calls in that time. */
const REST_SECONDS = 5 * 60;
const PRESENCE_SECONDS = 900;
/** The two sessions that the presence role gives, by source identity: without an ExternalId, and with the account's own. */
export const PRESENCE = { plain: 'cordon-presence', withExternalId: 'cordon-presence-external-id' } as const;

/** Throws AssumeRoleError, without a call, while the role rests after a failure; in whatever process it failed. */
export function refuseResting(rows: readonly AccountHealth[], purpose: AccountHealth['purpose']): void {
  const row = rows.find((one) => one.purpose === purpose);
  if (row === undefined || row.state === 'ok' || row.restsUntil === null) return;
  const passing = row.state === 'throttled' || row.state === 'unknown';
  const before = `It is not asked again before ${row.restsUntil.slice(11, 16)} UTC`;
  const cause = new AwsCallError('RoleResting', row.detail, { hint: row.hint, retry: passing });
  throw new AssumeRoleError(cause, {
    state: row.state,
    detail: `${row.detail} ${before}; \`npm run -s cordon -- doctor\` asks at once.`,
    hint: row.hint,
  });
}

/** Learns why a role could not be assumed, keeps it, and gives the error that says it with what to do. Anything but a failed call is given back as it is. */
export async function roleTrouble(
  bench: Bench,
  error: unknown,
  settings: Settings,
  account: Account,
  purpose: AccountHealth['purpose'],
): Promise<unknown> {
  if (!(error instanceof AwsCallError) || error instanceof AssumeRoleError) return error;
  const role = purpose === 'read' ? settings.aws.readRole : settings.aws.actRole;
  const presence = purpose === 'read' && isPlainDenial(error) ? await askPresence(bench, settings, account) : undefined;
  const attempt = { account, role, region: bench.options.hubRegion, purpose, presence };
  const explained = new AssumeRoleError(error, causeOf(error, attempt));
  const { state, message: detail, hint } = explained;
  const rest = wasNotSent(error) ? {} : { restSeconds: REST_SECONDS };
  await bench.options.health?.put({ accountId: account.id, purpose, state, detail, hint, ...rest });
  return explained;
}

function isPlainDenial(error: AwsCallError): boolean {
  return isDenied(error) && /perform: sts:AssumeRole on resource: \S+$/.test(error.message);
}

/**
 * STS refuses a missing role and a wrong ExternalId in the same words. The member stack therefore makes a third role that may do nothing at all: it is assumed without an
 * ExternalId to see whether the stack is there, and with it to see whether the stack was given the right one. Its sessions are thrown away.
 */
async function askPresence(bench: Bench, settings: Settings, account: Account): Promise<Presence | undefined> {
  const plain = await assumed(bench, settings, account, { SourceIdentity: PRESENCE.plain });
  if (plain !== true) return plain === undefined ? undefined : 'absent';
  const ExternalId = externalIdOf(account, bench.options.secret);
  const matching = await assumed(bench, settings, account, { SourceIdentity: PRESENCE.withExternalId, ExternalId });
  if (matching === undefined) return undefined;
  return matching ? 'complete' : 'other-external-id';
}

/** Undefined when AWS gave no answer that says something. */
async function assumed(
  bench: Bench,
  settings: Settings,
  account: Account,
  how: { readonly SourceIdentity: string; readonly ExternalId?: string },
): Promise<boolean | undefined> {
  try {
    await bench.sts.assume({
      RoleArn: roleArn(settings, account.id, settings.aws.presenceRole),
      RoleSessionName: PRESENCE.plain,
      DurationSeconds: PRESENCE_SECONDS,
      ...how,
    });
    return true;
  } catch (error) {
    if (error instanceof AwsCallError && isPlainDenial(error)) return false;
    bench.options.log.debug({ accountId: account.id }, 'the presence role could not be asked');
    return undefined;
  }
}
