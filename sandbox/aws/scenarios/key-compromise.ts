import { z } from 'zod';
import { HOME_REGION } from '../../world.ts';
import { publishGuardDuty } from '../events/publish.ts';
import { guarddutyFinding } from '../guardduty/samples.ts';
import { accessKeyId, LEAKED_KEY_USER } from '../seed/names.ts';
import { AccountId, defineScenario, FindingId } from './scenario.ts';

/** Somebody calls with the key of a build user from an address on a threat list. */
export const keyCompromise = defineScenario({
  name: 'key-compromise',
  summary:
    'GuardDuty UnauthorizedAccess:IAMUser/MaliciousIPCaller for the build user of prod-payments, whose key is active',
  overrides: z.strictObject({
    account: AccountId.default(LEAKED_KEY_USER.account),
    userName: z.string().default(LEAKED_KEY_USER.userName),
    region: z.string().default(HOME_REGION),
    id: FindingId,
  }),
  run(organization, { account, userName, region, id }) {
    const user = organization.state.table('users', account).get(userName);
    const keyId = accessKeyId(account, userName);
    if (!user || !organization.state.table('access-keys', account).get(keyId))
      throw new Error(`there is no user ${userName} with a key in ${account}`);
    const finding = guarddutyFinding(organization, {
      account,
      region,
      id,
      type: 'UnauthorizedAccess:IAMUser/MaliciousIPCaller',
      severity: 8,
      title: `APIs were invoked from a known malicious IP address by the user ${userName}.`,
      description: `The API ListBuckets was invoked by the user ${userName} from the malicious IP address 198.51.100.23.`,
      resource: {
        resourceType: 'AccessKey',
        accessKeyDetails: { accessKeyId: keyId, principalId: user.UserId, userType: 'IAMUser', userName },
      },
      service: {
        action: {
          actionType: 'AWS_API_CALL',
          awsApiCallAction: {
            api: 'ListBuckets',
            serviceName: 's3.amazonaws.com',
            callerType: 'Remote IP',
            remoteIpDetails: {
              ipAddressV4: '198.51.100.23',
              country: { countryName: 'Nowhere' },
              organization: { asn: '64500', asnOrg: 'Example Hosting' },
            },
            affectedResources: {},
          },
        },
      },
    });
    return { findings: [publishGuardDuty(organization, finding).arn], resource: keyId, account, region };
  },
});
