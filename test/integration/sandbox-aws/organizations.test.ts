import { DescribeRegionsCommand, DescribeVpcsCommand } from '@aws-sdk/client-ec2';
import {
  AttachPolicyCommand,
  CreatePolicyCommand,
  DescribeOrganizationCommand,
  DetachPolicyCommand,
  ListAccountsCommand,
  ListAccountsForParentCommand,
  ListOrganizationalUnitsForParentCommand,
  ListParentsCommand,
  ListRootsCommand,
  ListTagsForResourceCommand,
  OrganizationsClient,
} from '@aws-sdk/client-organizations';
import { AssumeRoleCommand, type AssumeRoleCommandInput } from '@aws-sdk/client-sts';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { adminCredentials } from '../../../sandbox/aws/admin.ts';
import { furtherAccountId } from '../../../sandbox/aws/seed/membership.ts';
import type { RunningAws } from '../../../sandbox/aws/start.ts';
import { ACCOUNTS, HUB_CREDENTIALS, MANAGEMENT_ACCOUNT, ROOT_ID, SECURITY_ACCOUNT } from '../../../sandbox/world.ts';
import { adminClients, assume, clientsFor, control, startTestAws } from './harness.ts';

const MEMBER = '333333333331';
let aws: RunningAws;

beforeEach(async () => {
  aws = await startTestAws({ furtherAccounts: 30 });
});
afterEach(() => aws.close());

function organizations(account: string): OrganizationsClient {
  const credentials = adminCredentials(account);
  return new OrganizationsClient({ endpoint: aws.endpoint, region: 'us-east-1', credentials, maxAttempts: 1 });
}

/** As the read role's trust wants it in the templates of these tests. */
function read(account: string): AssumeRoleCommandInput {
  const RoleArn = `arn:aws:iam::${account}:role/cordon-read`;
  return { RoleArn, RoleSessionName: 'r1', SourceIdentity: 'cordon-read' };
}

const change = (account: string, fields: object) =>
  control(aws, 'PATCH', `/state/${MANAGEMENT_ACCOUNT}/global/organization-accounts/${account}`, fields);

describe('accounts', () => {
  test('come at most twenty a page, with State and without Status, and an empty page may carry a token', async () => {
    const client = organizations(SECURITY_ACCOUNT);
    const sizes: number[] = [];
    const ids: (string | undefined)[] = [];
    let NextToken: string | undefined;
    do {
      const page = await client.send(new ListAccountsCommand({ NextToken }));
      sizes.push(page.Accounts?.length ?? -1);
      for (const account of page.Accounts ?? []) {
        expect(account).toMatchObject({ State: 'ACTIVE' });
        expect(account).not.toHaveProperty('Status');
        ids.push(account.Id);
      }
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    expect(sizes.slice(0, -1)).toContain(0);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(20);
    expect(new Set(ids).size).toBe(ACCOUNTS.length + 30);
    await expect(assume(aws, read(furtherAccountId(30)))).resolves.toBeDefined();
  });

  test('lie in units under the root, and have tags', async () => {
    const client = organizations(SECURITY_ACCOUNT);
    const { Roots } = await client.send(new ListRootsCommand({}));
    expect(Roots).toMatchObject([{ Id: ROOT_ID }]);
    const { OrganizationalUnits: top } = await client.send(
      new ListOrganizationalUnitsForParentCommand({ ParentId: ROOT_ID }),
    );
    expect(top?.map(({ Name }) => Name)).toEqual(['Security', 'Workloads', 'Playground']);
    const inProduction = await client.send(new ListAccountsForParentCommand({ ParentId: 'ou-acme-product10' }));
    expect(inProduction.Accounts?.map(({ Id }) => Id)).toContain(MEMBER);
    const { Parents } = await client.send(new ListParentsCommand({ ChildId: MEMBER }));
    expect(Parents).toEqual([{ Id: 'ou-acme-product10', Type: 'ORGANIZATIONAL_UNIT' }]);
    const { Tags } = await client.send(new ListTagsForResourceCommand({ ResourceId: MEMBER }));
    expect(Tags).toContainEqual({ Key: 'environment', Value: 'prod' });
  });

  test('are shown to the management account and to a delegated administrator; a member learns whose it is', async () => {
    const member = organizations(MEMBER);
    await expect(member.send(new ListAccountsCommand({}))).rejects.toMatchObject({ name: 'AccessDeniedException' });
    const { Organization } = await member.send(new DescribeOrganizationCommand({}));
    expect(Organization?.MasterAccountId).toBe(MANAGEMENT_ACCOUNT);
    await expect(organizations(MANAGEMENT_ACCOUNT).send(new ListAccountsCommand({}))).resolves.toBeDefined();
  });

  test('are told one call at a time', async () => {
    const client = organizations(SECURITY_ACCOUNT);
    const answers = await Promise.allSettled([1, 2, 3].map(() => client.send(new ListRootsCommand({}))));
    const refused = answers.filter(({ status }) => status === 'rejected');
    expect(refused.length).toBeGreaterThan(0);
    expect(refused[0]).toMatchObject({
      reason: { name: 'TooManyRequestsException', message: expect.stringContaining('already in progress') },
    });
  });
});

describe('an account that is suspended', () => {
  test('gives no session, in the words for a missing role, and knows its sessions no more', async () => {
    const session = await assume(aws, read(MEMBER));
    await change(MEMBER, { State: 'SUSPENDED' });
    const { sts } = clientsFor(aws, HUB_CREDENTIALS);
    await expect(sts.send(new AssumeRoleCommand(read(MEMBER)))).rejects.toMatchObject({
      name: 'AccessDenied',
      message: expect.stringMatching(/is not authorized to perform: sts:AssumeRole on resource: \S+$/),
    });
    await expect(clientsFor(aws, session).ec2.send(new DescribeVpcsCommand({}))).rejects.toMatchObject({
      name: 'AuthFailure',
    });
  });
});

describe('a Region that is off', () => {
  test('is not among the account’s Regions, and its services do not know the session', async () => {
    const session = await assume(aws, read(MEMBER));
    const vpcs = () => clientsFor(aws, session, 'eu-south-1').ec2.send(new DescribeVpcsCommand({}));
    const regions = async () => {
      const { Regions } = await adminClients(aws, MEMBER).ec2.send(new DescribeRegionsCommand({}));
      return Regions?.map(({ RegionName }) => RegionName);
    };
    expect(await regions()).not.toContain('eu-south-1');
    await expect(vpcs()).rejects.toMatchObject({ name: 'AuthFailure' });
    await change(MEMBER, { OptedInRegions: ['eu-south-1'] });
    expect(await regions()).toContain('eu-south-1');
    await expect(vpcs()).resolves.toBeDefined();
  });

  test('gives no session for the account there, and STS says why', async () => {
    await change(SECURITY_ACCOUNT, { OptedInRegions: ['eu-south-1'] });
    const { sts } = clientsFor(aws, HUB_CREDENTIALS, 'eu-south-1');
    await expect(sts.send(new AssumeRoleCommand(read(MEMBER)))).rejects.toMatchObject({
      name: 'RegionDisabledException',
      message: expect.stringContaining(`STS is not activated in this region for account:${MEMBER}`),
    });
  });
});

describe('policies of the organisation', () => {
  const policy = async (Type: 'SERVICE_CONTROL_POLICY' | 'RESOURCE_CONTROL_POLICY', TargetId: string) => {
    const client = organizations(MANAGEMENT_ACCOUNT);
    const Content = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Deny', Principal: '*', Action: ['ec2:Describe*', 'sts:*'], Resource: '*' }],
    });
    const { Policy } = await client.send(new CreatePolicyCommand({ Content, Description: '', Name: Type, Type }));
    await client.send(new AttachPolicyCommand({ PolicyId: Policy?.PolicySummary?.Id, TargetId }));
  };

  test('deny what the roles of a unit’s accounts may do, and are named in the answer', async () => {
    const { ec2 } = adminClients(aws, MEMBER);
    await expect(ec2.send(new DescribeVpcsCommand({}))).resolves.toBeDefined();
    await policy('SERVICE_CONTROL_POLICY', 'ou-acme-workloads');
    await expect(assume(aws, read(MEMBER))).resolves.toBeDefined();
    await expect(ec2.send(new DescribeVpcsCommand({}))).rejects.toMatchObject({
      name: 'UnauthorizedOperation',
      message: expect.stringContaining('with an explicit deny in a service control policy'),
    });
    await expect(adminClients(aws, SECURITY_ACCOUNT).ec2.send(new DescribeVpcsCommand({}))).resolves.toBeDefined();
  });

  test('deny assuming a role of an account from outside', async () => {
    await policy('RESOURCE_CONTROL_POLICY', MEMBER);
    await expect(assume(aws, read(MEMBER))).rejects.toThrow('with an explicit deny in a resource control policy');
    await expect(assume(aws, read('333333333332'))).resolves.toBeDefined();
  });

  test('allow nothing when none is left', async () => {
    await organizations(MANAGEMENT_ACCOUNT).send(
      new DetachPolicyCommand({ PolicyId: 'p-FullAWSAccess', TargetId: MEMBER }),
    );
    await expect(adminClients(aws, MEMBER).ec2.send(new DescribeVpcsCommand({}))).rejects.toThrow(
      'because no service control policy allows the ec2:DescribeVpcs action',
    );
  });
});
