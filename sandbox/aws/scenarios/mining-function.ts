import { z } from 'zod';
import { HOME_REGION } from '../../world.ts';
import { functionArn } from '../arn.ts';
import { publishGuardDuty } from '../events/publish.ts';
import { guarddutyFinding } from '../guardduty/samples.ts';
import { MINING_FUNCTION } from '../seed/names.ts';
import { AccountId, defineScenario, FindingId } from './scenario.ts';

/** A function talks to a mining pool. */
export const miningFunction = defineScenario({
  name: 'mining-function',
  summary:
    'GuardDuty CryptoCurrency:Lambda/BitcoinTool.B for a function of prod-web with a queue, a URL and a reservation',
  overrides: z.strictObject({
    account: AccountId.default(MINING_FUNCTION.account),
    functionName: z.string().default(MINING_FUNCTION.name),
    region: z.string().default(HOME_REGION),
    id: FindingId,
  }),
  run(organization, { account, functionName, region, id }) {
    const fn = organization.state.table('functions', account, region).get(functionName);
    if (!fn) throw new Error(`there is no function ${functionName} in ${account} ${region}`);
    const finding = guarddutyFinding(organization, {
      account,
      region,
      id,
      type: 'CryptoCurrency:Lambda/BitcoinTool.B',
      severity: 8,
      title: `The Lambda function ${functionName} is communicating with an IP address that is associated with a cryptocurrency-related activity.`,
      description: `The Lambda function ${functionName} is communicating with the IP address 198.51.100.77 that is associated with a cryptocurrency-related activity.`,
      resource: {
        resourceType: 'Lambda',
        lambdaDetails: {
          functionArn: functionArn(region, account, functionName),
          functionName,
          functionVersion: '$LATEST',
          description: '',
          lastModifiedAt: new Date(fn.LastModified).toISOString(),
          revisionId: fn.RevisionId,
          role: fn.Role,
          tags: fn.Tags.map(({ Key, Value }) => ({ key: Key, value: Value })),
        },
      },
      service: {
        resourceRole: 'ACTOR',
        action: {
          actionType: 'NETWORK_CONNECTION',
          networkConnectionAction: {
            connectionDirection: 'OUTBOUND',
            protocol: 'TCP',
            blocked: false,
            localPortDetails: { port: 41_022, portName: 'Unknown' },
            remotePortDetails: { port: 3_333, portName: 'Unknown' },
            remoteIpDetails: {
              ipAddressV4: '198.51.100.77',
              country: { countryName: 'Nowhere' },
              organization: { asn: '64500', asnOrg: 'Example Hosting' },
            },
          },
        },
      },
    });
    return { findings: [publishGuardDuty(organization, finding).arn], resource: functionName, account, region };
  },
});
