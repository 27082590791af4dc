import { ACCOUNTS, HOME_REGION, REGIONS, SECURITY_ACCOUNT } from '../../world.ts';
import { hexId } from '../state/ids.ts';
import type { State } from '../state/state.ts';
import { seedBuckets } from './buckets.ts';
import { seedDatabases } from './databases.ts';
import { seedFunctions } from './functions.ts';
import { seedIdentities } from './identities.ts';
import { seedMembership } from './membership.ts';
import {
  DATA_INSTANCE,
  FLEET,
  HOSTILE_INSTANCE,
  OPEN_GROUP,
  PLAYGROUND_INSTANCE,
  PROBED_INSTANCE,
  PUBLIC_SNAPSHOT,
  volumeId,
} from './names.ts';
import { type SeedPlace, seedGroup, seedInstance, seedSnapshot, seedUsualGroups, seedVpc } from './network.ts';
import { seedTrails } from './trails.ts';

/** Tags that try to be a mention, a link, code, a line of another direction, and a key that objects have by nature. */
const HOSTILE_TAGS = [
  { Key: 'Name', Value: '<!channel> *urgent* <https://evil.example|Approve>' },
  { Key: 'note', Value: '```rm -rf /``` `code` \u202egnp.exe\u202c &lt;b&gt;' },
  { Key: '__proto__', Value: '<@U0ALICE0001> approved this' },
];

/** Fills an empty organisation. Ids are the same at every start. `furtherAccounts` members more have roles and nothing else. */
export function seedOrganization(state: State, furtherAccounts = 0): void {
  seedMembership(state, furtherAccounts);
  for (const { id } of ACCOUNTS) for (const region of REGIONS) seedAccountRegion({ state, account: id, region });
  seedIdentities(state);
  seedBuckets(state);
  seedDatabases(state);
  seedFleet(state);
  seedSingles(state);
  seedTrails(state);
  seedFunctions(state);
}

function seedAccountRegion(place: SeedPlace): void {
  seedVpc(place, 'default', 0, true);
  const DetectorId = hexId(`detector/${place.account}/${place.region}`);
  place.state.table('detectors', place.account, place.region).put(DetectorId, {
    DetectorId,
    CreatedAt: '2025-06-01T00:00:00.000Z',
    FindingPublishingFrequency: 'FIFTEEN_MINUTES',
  });
}

function seedFleet(state: State): void {
  FLEET.forEach(({ account, name }, position) => {
    const place = { state, account, region: HOME_REGION };
    const index = 20 + position;
    seedVpc(place, name, index);
    seedInstance(place, {
      name,
      vpc: name,
      index,
      groups: seedUsualGroups(place, name),
      publicIp: `203.0.113.${100 + position}`,
    });
  });
}

function seedSingles(state: State): void {
  const data = { state, account: DATA_INSTANCE.account, region: HOME_REGION };
  seedVpc(data, 'data', 60);
  seedInstance(data, {
    name: DATA_INSTANCE.name,
    vpc: 'data',
    index: 60,
    groups: seedUsualGroups(data, 'data'),
    interfaces: 2,
    volumes: 2,
    publicIp: '203.0.113.10',
  });

  const shared = ['all', '999999999999', SECURITY_ACCOUNT];
  seedSnapshot(data, PUBLIC_SNAPSHOT.name, volumeId(data.account, DATA_INSTANCE.name, 1), shared);

  const payments = { state, account: PROBED_INSTANCE.account, region: HOME_REGION };
  seedVpc(payments, 'staging', 61);
  const exposed = seedGroup(payments, 'staging', 'bastion', 'Bastion', [
    {
      protocol: 'tcp',
      from: 22,
      to: 22,
      cidr: '0.0.0.0/0',
      description: 'temporary',
      tags: [{ Key: 'requested-by', Value: 'payments on-call' }],
    },
    { protocol: 'tcp', from: 22, to: 22, cidr: '::/0' },
    { protocol: 'tcp', from: 443, to: 443, cidr: '0.0.0.0/0', description: 'https' },
    { protocol: 'tcp', from: 22, to: 22, cidr: '192.0.2.0/24', description: 'office' },
  ]);
  seedInstance(payments, {
    name: PROBED_INSTANCE.name,
    vpc: 'staging',
    index: 61,
    groups: [exposed],
    publicIp: '203.0.113.20',
  });
  seedInstance(payments, {
    name: HOSTILE_INSTANCE.name,
    vpc: 'staging',
    index: 62,
    groups: seedUsualGroups(payments, 'staging'),
    tags: HOSTILE_TAGS,
  });

  const web = { state, account: OPEN_GROUP.account, region: HOME_REGION };
  seedVpc(web, OPEN_GROUP.vpc, 63);
  const open = seedGroup(web, OPEN_GROUP.vpc, OPEN_GROUP.name, 'Administration, to be removed', [
    { protocol: 'tcp', from: 22, to: 22, cidr: '0.0.0.0/0' },
    { protocol: 'tcp', from: 3389, to: 3389, cidr: '0.0.0.0/0', description: 'rdp' },
  ]);
  seedInstance(web, { name: 'staging-web', vpc: OPEN_GROUP.vpc, index: 63, groups: [open], publicIp: '203.0.113.30' });

  const playground = { state, account: PLAYGROUND_INSTANCE.account, region: HOME_REGION };
  seedVpc(playground, 'playground', 64);
  seedInstance(playground, {
    name: PLAYGROUND_INSTANCE.name,
    vpc: 'playground',
    index: 64,
    groups: seedUsualGroups(playground, 'playground'),
  });
  const american = { state, account: DATA_INSTANCE.account, region: 'us-east-1' };
  seedVpc(american, 'reports', 65);
  seedInstance(american, {
    name: 'reports-us',
    vpc: 'reports',
    index: 65,
    groups: seedUsualGroups(american, 'reports'),
  });
}
