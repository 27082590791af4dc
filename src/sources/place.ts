import type { Resource } from '../domain/finding.ts';
import { accountOf } from './arn.ts';
import { type Problem, quote } from './source.ts';

export const ACCOUNT = /^\d{12}$/;
/** `eu-west-1`, `us-gov-east-1`, `us-iso-west-1`, `eusc-de-east-1`. */
export const REGION = /^[a-z]{2,4}(-[a-z]{2,12}){1,3}-\d{1,2}$/;

/** The partition a Region belongs to, for findings that do not say. */
export function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  if (region.startsWith('us-gov-')) return 'aws-us-gov';
  if (region.startsWith('us-isob-')) return 'aws-iso-b';
  if (region.startsWith('us-iso-')) return 'aws-iso';
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
 * A finding whose resources lie in another account than it says would send a remediation to the wrong place: it goes to quarantine. ARNs without
 * an account (S3) and ARNs of AWS itself say nothing either way.
 */
export function checkAccounts(account: string, resources: readonly Resource[], pointer: string): Problem | undefined {
  const index = resources.findIndex((resource) => (accountOf(resource.id) ?? account) !== account);
  if (index === -1) return undefined;
  return {
    code: 'account_mismatch',
    field: pointer,
    message: `the finding is of account ${account}, its resource ${index + 1} is of account ${accountOf(resources[index]?.id ?? '')}`,
    hint: 'Nothing is done with it. If the product that sent it reports across accounts on purpose, have it send one finding an account.',
  };
}
