import { z } from 'zod';
import { HOME_REGION } from '../../world.ts';
import { trailArn } from '../arn.ts';
import { publishGuardDuty } from '../events/publish.ts';
import { guarddutyFinding } from '../guardduty/samples.ts';
import type { Organization } from '../organization.ts';
import { accessKeyId, LEAKED_KEY_USER, STOPPED_TRAIL } from '../seed/names.ts';
import { AccountId, defineScenario, FindingId } from './scenario.ts';

/** Somebody switches the record off with a build user's key. */
export const trailStopped = defineScenario({
  name: 'trail-stopped',
  summary:
    'GuardDuty Stealth:IAMUser/CloudTrailLoggingDisabled for a trail of prod-payments that the build user stopped',
  overrides: z.strictObject({
    account: AccountId.default(STOPPED_TRAIL.account),
    trail: z.string().default(STOPPED_TRAIL.name),
    userName: z.string().default(LEAKED_KEY_USER.userName),
    region: z.string().default(HOME_REGION),
    /** Whether the finding says which trail it was; not every one does. */
    named: z.boolean().default(true),
    id: FindingId,
  }),
  run(organization, { account, trail, userName, region, named, id }) {
    const user = organization.state.table('users', account).get(userName);
    if (!user) throw new Error(`there is no user ${userName} in ${account}`);
    stop(organization, account, region, trail);
    const arn = trailArn(region, account, trail);
    const finding = guarddutyFinding(organization, {
      account,
      region,
      id,
      type: 'Stealth:IAMUser/CloudTrailLoggingDisabled',
      severity: 2,
      title: `AWS CloudTrail trail ${arn} was disabled.`,
      description: `AWS CloudTrail trail ${arn} was disabled by ${userName} calling StopLogging under unusual circumstances.`,
      resource: {
        resourceType: 'AccessKey',
        accessKeyDetails: {
          accessKeyId: accessKeyId(account, userName),
          principalId: user.UserId,
          userType: 'IAMUser',
          userName,
        },
      },
      service: {
        action: {
          actionType: 'AWS_API_CALL',
          awsApiCallAction: {
            api: 'StopLogging',
            serviceName: 'cloudtrail.amazonaws.com',
            callerType: 'Remote IP',
            remoteIpDetails: {
              ipAddressV4: '198.51.100.23',
              country: { countryName: 'Nowhere' },
              organization: { asn: '64500', asnOrg: 'Example Hosting' },
            },
            affectedResources: named ? { 'AWS::CloudTrail::Trail': arn } : {},
          },
        },
      },
    });
    return { findings: [publishGuardDuty(organization, finding).arn], resource: trail, account, region };
  },
});

/** A trail that is stopped already stays as it is. */
function stop({ state, clock }: Organization, account: string, region: string, name: string): void {
  const trails = state.table('trails', account, region);
  const trail = trails.get(name);
  if (!trail) throw new Error(`there is no trail ${name} in ${account} ${region}`);
  if (!trail.IsLogging) return;
  trails.put(name, { ...trail, IsLogging: false, StopLoggingTime: new Date(clock.now()).toISOString() });
}
