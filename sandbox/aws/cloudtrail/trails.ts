import { ACCOUNTS } from '../../world.ts';
import { trailArn } from '../arn.ts';
import { AwsError } from '../errors.ts';
import { type Call, type Need, resourceTagKeys } from '../operation.ts';
import type { Trail } from '../state/kinds.ts';

/** A trail and where it is at home. */
export interface PlacedTrail {
  readonly account: string;
  readonly region: string;
  readonly trail: Trail;
}

const ARN = /^arn:aws:cloudtrail:[a-z0-9-]+:\d{12}:trail\/[\w.-]{3,128}$/;
const NAME = /^(?=.{3,128}$)[A-Za-z0-9]+([._-][A-Za-z0-9]+)*$/;

/** Only the management account owns organisation trails; the other accounts see them. */
function ownsOrganizationTrails(account: string): boolean {
  return ACCOUNTS.some(({ id, kind }) => id === account && kind === 'management');
}

/** What the caller sees in its Region: its own trails, shadows of those that record all Regions, and those of the organisation. */
export function visibleTrails(call: Call): PlacedTrail[] {
  return call.state
    .everywhere('trails')
    .map(({ account, region, row }) => ({ account, region, trail: row }))
    .filter(({ account, region, trail }) => {
      const shared = trail.IsOrganizationTrail && ownsOrganizationTrails(account);
      return (account === call.account || shared) && (region === call.region || trail.IsMultiRegionTrail);
    });
}

function findTrail(call: Call, nameOrArn: string): PlacedTrail | undefined {
  return visibleTrails(call).find((found) =>
    nameOrArn.startsWith('arn:')
      ? arnOf(found) === nameOrArn
      : found.trail.Name === nameOrArn && isHere(call, found) && isOwn(call, found),
  );
}

/**
 * The trail by its name, which must be one of the caller's own Region and account, or by its ARN.
 * Throws CloudTrailARNInvalidException, InvalidTrailNameException, TrailNotFoundException.
 */
export function trailOf(call: Call, nameOrArn: string): PlacedTrail {
  if (nameOrArn.startsWith('arn:') && !ARN.test(nameOrArn))
    throw new AwsError('CloudTrailARNInvalidException', `The ARN ${nameOrArn} is not valid.`);
  if (!nameOrArn.startsWith('arn:') && !NAME.test(nameOrArn))
    throw new AwsError(
      'InvalidTrailNameException',
      'Trail name must have 3 to 128 characters, begin and end with a letter or number, and hold only letters, numbers, periods, underscores and dashes.',
    );
  const found = findTrail(call, nameOrArn);
  if (!found)
    throw new AwsError('TrailNotFoundException', `Unknown trail: ${nameOrArn} for the user: ${call.account}`, {
      status: 404,
    });
  return found;
}

/**
 * The trail, when this is the place where it may be changed. Throws, beside what `trailOf` throws, InvalidHomeRegionException for a shadow and
 * NotOrganizationMasterAccountException for a member account.
 */
export function changeableTrail(call: Call, nameOrArn: string): PlacedTrail {
  const found = trailOf(call, nameOrArn);
  if (!isOwn(call, found))
    throw new AwsError(
      'NotOrganizationMasterAccountException',
      `The account ${call.account} is not the management account of the organization that owns the trail.`,
    );
  if (!isHere(call, found))
    throw new AwsError('InvalidHomeRegionException', `The home Region of the trail is ${found.region}.`);
  return found;
}

export function arnOf({ account, region, trail }: PlacedTrail): string {
  return trailArn(region, account, trail.Name);
}

export function isHere(call: Call, { region }: PlacedTrail): boolean {
  return region === call.region;
}

export function isOwn(call: Call, { account }: PlacedTrail): boolean {
  return account === call.account;
}

export function trailNeed(action: string, call: Call, nameOrArn: string): Need {
  const found = findTrail(call, nameOrArn);
  const resource = nameOrArn.startsWith('arn:') ? nameOrArn : trailArn(call.region, call.account, nameOrArn);
  return { action: `cloudtrail:${action}`, resource, keys: resourceTagKeys(found?.trail.Tags ?? []) };
}
