import { z } from 'zod';
import { type Account, accountLabel } from '../domain/account.ts';
import { AwsCallError, messageOf } from '../domain/errors.ts';
import type { Json } from '../domain/json.ts';
import type { AwsCall } from '../domain/plan.ts';
import type { AccountHealth } from '../ports.ts';
import { AssumeRoleError } from './assume-role-cause.ts';
import type { Bench, Open } from './bench.ts';
import type { ServiceClients } from './client.ts';

/** Which Regions are on differs by account, so each is asked itself. */
export const ENABLED_REGIONS: AwsCall = { service: 'ec2', operation: 'DescribeRegions', input: { AllRegions: false } };
/** An answer counts so long; then a Region that was off is asked for again. */
const FRESH_MS = 5 * 60_000;

const Answer = z.object({ Regions: z.array(z.object({ RegionName: z.string() })) });

/** The names in an answer of DescribeRegions. */
export function regionNames(answer: Json): readonly string[] {
  return Answer.parse(answer).Regions.map((region) => region.RegionName);
}

/**
 * Throws AssumeRoleError `region-off` when the account says that the Region is not switched on, which its services would only tell as "invalid credentials". What
 * cannot be learned refuses nothing: this is no guard, and AWS itself refuses what is off.
 */
export async function refuseRegionOff(
  bench: Bench,
  account: Account,
  region: string,
  rows: readonly AccountHealth[],
  open: Open,
  clients: ServiceClients,
): Promise<void> {
  if (region === bench.options.hubRegion) return;
  if (rows.find((row) => row.purpose === 'read')?.enabledRegions?.includes(region)) return;
  const enabled = await askedLately(bench, account, open, clients);
  if (enabled === undefined || enabled.includes(region)) return;
  throw regionOff(account, [region]);
}

function askedLately(
  bench: Bench,
  account: Account,
  open: Open,
  clients: ServiceClients,
): Promise<readonly string[] | undefined> {
  if (open.regions !== undefined && Date.now() - open.regions.at < FRESH_MS) return open.regions.asked;
  const asked = clients.send(ENABLED_REGIONS).then(
    ({ output }) => regionNames(output),
    (error: unknown) => {
      bench.options.log.debug(
        { accountId: account.id, err: messageOf(error) },
        'the account’s Regions could not be asked',
      );
      return undefined;
    },
  );
  open.regions = { asked, at: Date.now() };
  return asked;
}

/** What is said of Regions that are configured, or that a finding names, and that are off. */
export function regionOffCause(account: Account, regions: readonly string[]) {
  const [which, is] = [regions.join(', '), regions.length === 1 ? 'Region' : 'Regions'];
  const name = accountLabel(account, account.id);
  return {
    state: 'region-off',
    detail: `The ${is} ${which} ${regions.length === 1 ? 'is' : 'are'} not switched on in ${name}: nothing answers there.`,
    hint: `Switch ${which} on in the account (Account settings, AWS Regions), or leave it out of the account’s regions in cordon.yaml.`,
  } as const;
}

function regionOff(account: Account, regions: readonly string[]): AssumeRoleError {
  const cause = regionOffCause(account, regions);
  return new AssumeRoleError(new AwsCallError('RegionOff', cause.detail, { hint: cause.hint, status: 403 }), cause);
}
