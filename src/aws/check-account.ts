import { type Account, accountLabel } from '../domain/account.ts';
import { AwsCallError, CordonError, messageOf } from '../domain/errors.ts';
import type { AccountHealth, HealthNote } from '../ports.ts';
import { AssumeRoleError } from './assume-role-cause.ts';
import type { ServiceClients } from './client.ts';
import { isDenied, isOfOrganization, isThrottled } from './errors.ts';
import { ENABLED_REGIONS, regionNames, regionOffCause } from './member-regions.ts';

/** How an account is entered to look at it; handed in by sessions.ts. */
export interface Entrance {
  /** A fresh read session. Throws AssumeRoleError. */
  enter(): Promise<{ clientsIn(region: string): ServiceClients }>;
  /** A fresh act session that may do nothing. Throws AssumeRoleError. */
  act(): Promise<void>;
  readonly hubRegion: string;
}

type Finding = Pick<HealthNote, 'state' | 'detail' | 'hint' | 'enabledRegions'>;

/** Looks at one account: the read role, the Regions, and where Cordon may act the act role. Changes nothing. Stops at the first trouble, so that a sick account costs little; a role that rests is not asked, and its row stays. */
export async function lookAtAccount(
  account: Account,
  rows: readonly AccountHealth[],
  entrance: Entrance,
): Promise<readonly HealthNote[]> {
  const resting = rows.filter((row) => row.restsUntil !== null).map((row) => row.purpose);
  if (resting.includes('read')) return [];
  const note = (purpose: AccountHealth['purpose'], finding: Finding): HealthNote => ({
    accountId: account.id,
    purpose,
    ...finding,
  });
  const read = await readFinding(account, entrance).catch(failure);
  if (!account.act || resting.includes('act')) return [note('read', read)];
  if (read.state !== 'ok' && read.state !== 'region-off') {
    const detail = `The act role was not asked, because of the read role: ${read.detail}`;
    return [note('read', read), note('act', { state: read.state, detail, hint: read.hint })];
  }
  const act = await entrance.act().then(() => well('Assumed, with a session that may do nothing.'), failure);
  return [note('read', read), note('act', act)];
}

async function readFinding(account: Account, { enter, hubRegion }: Entrance): Promise<Finding> {
  const { clientsIn } = await enter();
  let enabledRegions: readonly string[];
  try {
    enabledRegions = regionNames((await clientsIn(hubRegion).send(ENABLED_REGIONS)).output);
  } catch (error) {
    return regionsRefused(account, error, hubRegion);
  }
  const off = account.regions.filter((region) => !enabledRegions.includes(region));
  if (off.length > 0) return { ...regionOffCause(account, off), enabledRegions };
  for (const region of account.regions.filter((one) => one !== hubRegion)) {
    try {
      await clientsIn(region).send(ENABLED_REGIONS);
    } catch (error) {
      return { ...regionsRefused(account, error, region), enabledRegions };
    }
  }
  return { ...well(`Assumed, and answered in ${account.regions.join(', ')}.`), enabledRegions };
}

function well(detail: string): Finding {
  return { state: 'ok', detail, hint: '' };
}

/** The role could be assumed, and its first reading could not be done. */
function regionsRefused(account: Account, error: unknown, region: string): Finding {
  if (!(error instanceof AwsCallError)) throw error;
  const name = accountLabel(account, account.id);
  if (isOfOrganization(error)) {
    return {
      state: 'scp',
      detail: `A policy of the organization denies the read role of ${name} even to list Regions in ${region}.`,
      hint: `Let the cordon roles through in the service control policies of ${name}, or leave ${region} out of its regions in cordon.yaml.`,
    };
  }
  if (isThrottled(error)) {
    return {
      state: 'throttled',
      detail: `${name} answers that it gets too many calls in ${region}.`,
      hint: 'It may pass. Else look in its CloudTrail for who calls ec2:Describe* so often, or ask AWS for a higher rate.',
    };
  }
  if (isDenied(error)) {
    return {
      state: 'ok',
      detail: `Assumed, but it may not list Regions in ${region}.`,
      hint: `Deploy the newest infra/member-role.json to ${name}.`,
    };
  }
  return {
    state: 'unknown',
    detail: `The read role of ${name} can be assumed, and ${region} does not answer it: ${error.message}`,
    hint: 'It may pass: it is looked at again. See the AWS Health Dashboard when it does not.',
  };
}

function failure(error: unknown): Finding {
  if (error instanceof AssumeRoleError) return { state: error.state, detail: error.message, hint: error.hint };
  const hint = error instanceof CordonError ? error.hint : 'See the log.';
  return { state: 'unknown', detail: messageOf(error), hint };
}
