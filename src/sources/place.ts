import type { Resource } from '../domain/finding.ts';
import { accountOf, parseArn } from './arn.ts';
import { type Problem, quote } from './source.ts';

const ACCOUNT = /^\d{12}$/;
/** `eu-west-1`, `us-gov-east-1`, `us-iso-west-1`, `eusc-de-east-1`. */
export const REGION = /^[a-z]{2,4}(-[a-z]{2,12}){1,3}-\d{1,2}$/;

/** The partition a Region belongs to. Not taken from the finding's own words: an ARN of another partition must not pass for one of ours. */
export function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  if (region.startsWith('us-gov-')) return 'aws-us-gov';
  if (region.startsWith('us-isob-')) return 'aws-iso-b';
  if (region.startsWith('us-iso-')) return 'aws-iso';
  if (region.startsWith('eu-isoe-')) return 'aws-iso-e';
  if (region.startsWith('us-isof-')) return 'aws-iso-f';
  return region.startsWith('eusc-') ? 'aws-eusc' : 'aws';
}

/**
 * Where a finding says it belongs. Taken from the finding, never from the event around it: that names the sender, which is the delegated
 * administrator or the aggregation Region.
 */
export function checkPlace(
  place: { readonly account: string | undefined; readonly region: string | undefined },
  pointer: string,
): Problem | undefined {
  if (place.account === undefined || !ACCOUNT.test(place.account)) {
    return {
      code: place.account === undefined ? 'account_missing' : 'account_invalid',
      field: pointer,
      message: `the finding's account ${place.account === undefined ? 'is missing' : `${quote(place.account)} is not a 12-digit id`}`,
      hint: 'The finding itself must name its account (accountId, or AwsAccountId); the account of the event is not used.',
    };
  }
  if (place.region === undefined || !REGION.test(place.region)) {
    return {
      code: place.region === undefined ? 'region_missing' : 'region_invalid',
      field: pointer,
      message: `the finding's Region ${place.region === undefined ? 'is missing' : `${quote(place.region)} is not a Region`}`,
      hint: 'The finding itself must name its Region (region, or Region or Resources[].Region); the Region of the event is not used.',
    };
  }
  return undefined;
}

/**
 * A finding whose resources lie in another account or partition than it says would send a remediation to the wrong place: it goes to quarantine.
 * ARNs without an account (S3) and ARNs of AWS itself say nothing about the account.
 */
export function checkOwnership(
  place: { readonly accountId: string; readonly partition: string },
  resources: readonly Resource[],
  pointer: string,
): Problem | undefined {
  const foreign = resources.findIndex(({ id }) => (accountOf(id) ?? place.accountId) !== place.accountId);
  if (foreign !== -1) {
    const other = accountOf(resources[foreign]?.id ?? '') ?? '';
    return mismatch(
      'account_mismatch',
      pointer,
      `the finding is of account ${place.accountId}, its resource ${foreign + 1} is of account ${other}`,
    );
  }
  const apart = resources.findIndex(({ id }) => (parseArn(id)?.partition ?? place.partition) !== place.partition);
  if (apart === -1) return undefined;
  return mismatch(
    'partition_mismatch',
    pointer,
    `the finding is of partition ${place.partition}, its resource ${apart + 1} is not`,
  );
}

/** The product `<account>/default` of custom findings belongs to that account, and Security Hub takes its findings for that account alone. */
export function checkProduct(
  place: { readonly accountId: string },
  product: string,
  pointer: string,
): Problem | undefined {
  const [, owner = place.accountId] = /^(\d{12})\/default$/.exec(product) ?? [];
  if (owner === place.accountId) return undefined;
  return mismatch(
    'account_mismatch',
    pointer,
    `the finding is of account ${place.accountId}, its product is of account ${owner}`,
  );
}

function mismatch(code: string, field: string, message: string): Problem {
  const hint =
    'Nothing is done with it. If the product that sent it reports across accounts on purpose, have it send one finding an account.';
  return { code, field, message, hint };
}
