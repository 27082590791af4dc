import {
  CloudTrailClient,
  CreateTrailCommand,
  StartLoggingCommand,
  StopLoggingCommand,
} from '@aws-sdk/client-cloudtrail';
import {
  AuthorizeSecurityGroupIngressCommand,
  CreateNetworkInterfaceCommand,
  CreateSecurityGroupCommand,
  CreateSnapshotCommand,
  CreateSubnetCommand,
  CreateVolumeCommand,
  CreateVpcCommand,
  DescribeImagesCommand,
  EC2Client,
  ModifySnapshotAttributeCommand,
  RunInstancesCommand,
} from '@aws-sdk/client-ec2';
import { CreateAccessKeyCommand, CreateRoleCommand, CreateUserCommand, IAMClient } from '@aws-sdk/client-iam';
import {
  AddPermissionCommand,
  CreateFunctionCommand,
  CreateFunctionUrlConfigCommand,
  LambdaClient,
  PutFunctionConcurrencyCommand,
} from '@aws-sdk/client-lambda';
import {
  CreateDBClusterCommand,
  CreateDBClusterSnapshotCommand,
  CreateDBInstanceCommand,
  CreateDBSnapshotCommand,
  CreateDBSubnetGroupCommand,
  ModifyDBClusterSnapshotAttributeCommand,
  ModifyDBSnapshotAttributeCommand,
  RDSClient,
} from '@aws-sdk/client-rds';
import { CreateBucketCommand, PutBucketPolicyCommand, S3Client } from '@aws-sdk/client-s3';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ACTIONS } from '../../../src/actions/registry.generated.ts';
import { registryOf } from '../../../src/actions/registry.ts';
import { openSessions, type Sessions } from '../../../src/aws/sessions.ts';
import { canonicalJson, type JsonObject } from '../../../src/domain/json.ts';
import type { Plan } from '../../../src/domain/plan.ts';
import { Secret } from '../../../src/secret.ts';
import { carryOut, type Place, planIt, undo } from '../../support/contract/run-plan.ts';
import { SILENT, settingsOf } from '../../support/contract/settings.ts';
import { type Moto, startMoto } from './moto-server.ts';

const ACCOUNT = '333333333331';
const REGION = 'eu-west-1';
const HUB = { accessKeyId: 'testing', secretAccessKey: 'testing' };
const self = { accountId: '222222222222', roleNames: ['cordon-hub'], instanceIds: [] };
const place = (runId: string): Place => ({
  accountId: ACCOUNT,
  region: REGION,
  runId,
  incidentId: 'INC-2026-0001',
  self,
});

let moto: Moto;
let sessions: Sessions;

/** The same calls against an implementation by other people: what they answer, Cordon must be able to read. It checks no permission. */
describe('the actions against moto', () => {
  beforeAll(async () => {
    moto = await startMoto();
    const settings = settingsOf([{ id: ACCOUNT, alias: 'prod-payments' }], self.accountId, REGION);
    const secret = new Secret('a secret for the tests alone');
    sessions = openSessions({
      settings,
      self,
      hubRegion: REGION,
      secret,
      log: SILENT,
      endpoint: moto.endpoint,
      credentials: HUB,
    });
  });
  afterAll(async () => {
    sessions?.close();
    await moto?.close();
  });

  it('deactivates an access key and activates it again', async () => {
    const iam = new IAMClient(await memberConfig());
    await iam.send(new CreateUserCommand({ UserName: 'ci-deploy', Path: '/service/' }));
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'ci-deploy' }));
    await thereAndBack('iam.deactivate-access-key', { accessKeyId: AccessKey?.AccessKeyId ?? '' }, 'RUN-MTAA2222');
  });

  it('blocks public access and takes the block away again', async () => {
    const s3 = new S3Client({ ...(await memberConfig()), forcePathStyle: true });
    const Bucket = 'acme-moto-assets';
    await s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint: REGION } }));
    const Statement = [
      { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: `arn:aws:s3:::${Bucket}/*` },
    ];
    await s3.send(new PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify({ Version: '2012-10-17', Statement }) }));
    await thereAndBack('s3.block-public-access', { bucket: Bucket }, 'RUN-MTBB2222');
  });

  it('isolates an instance with two interfaces and releases it', async () => {
    const instanceId = await launch();
    await thereAndBack('ec2.isolate-instance', { instanceId }, 'RUN-MTCC2222');
  });

  it('closes the open rules of a security group and adds them again', async () => {
    const ec2 = new EC2Client(await memberConfig());
    const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: '10.21.0.0/16' }));
    const order = { GroupName: 'bastion', Description: 'bastion', VpcId: Vpc?.VpcId ?? '' };
    const { GroupId = '' } = await ec2.send(new CreateSecurityGroupCommand(order));
    const ports = { IpProtocol: 'tcp', FromPort: 22, ToPort: 22 };
    const open = [{ CidrIp: '0.0.0.0/0', Description: 'temporary' }, { CidrIp: '192.0.2.0/24' }];
    const IpPermissions = [{ ...ports, IpRanges: open, Ipv6Ranges: [{ CidrIpv6: '::/0' }] }];
    await ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions }));
    await thereAndBack('sg.revoke-ingress', { groupId: GroupId }, 'RUN-MTEE2222', /sgr-[0-9a-f]{17}/g);
  });

  it('makes a snapshot private and shares it again', async () => {
    const ec2 = new EC2Client(await memberConfig());
    const { VolumeId } = await ec2.send(new CreateVolumeCommand({ AvailabilityZone: `${REGION}a`, Size: 8 }));
    const { SnapshotId = '' } = await ec2.send(new CreateSnapshotCommand({ VolumeId }));
    const shares = { GroupNames: ['all'], UserIds: ['999999999999'], OperationType: 'add' as const };
    await ec2.send(new ModifySnapshotAttributeCommand({ SnapshotId, Attribute: 'createVolumePermission', ...shares }));
    await thereAndBack('ebs.make-snapshot-private', { snapshotId: SnapshotId }, 'RUN-MTFF2222');
  });

  it('requires tokens of the metadata service and makes them optional again', async () => {
    await thereAndBack('ec2.require-imdsv2', { instanceId: await launch() }, 'RUN-MTGG2222');
  });

  it('revokes the sessions of a role and of a user and lets them work again', async () => {
    const iam = new IAMClient(await memberConfig());
    const statement = { Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' };
    const trust = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
    await iam.send(new CreateRoleCommand({ RoleName: 'web', Path: '/app/', AssumeRolePolicyDocument: trust }));
    await iam.send(new CreateUserCommand({ UserName: 'batch' }));
    await thereAndBack('iam.revoke-sessions', { roleName: 'web' }, 'RUN-MTHH2222');
    await thereAndBack('iam.revoke-sessions', { userName: 'batch' }, 'RUN-MTKK2222');
  });

  it('switches the public address of a database off and on again', async () => {
    const dbInstanceId = await database('moto-orders');
    await thereAndBack('rds.disable-public-access', { dbInstanceId }, 'RUN-MTLL2222');
  });

  it('makes snapshots of a database and of a cluster private and shares them again', async () => {
    const rds = new RDSClient(await memberConfig());
    const DBInstanceIdentifier = await database('moto-reports');
    const restore = { AttributeName: 'restore', ValuesToAdd: ['all', '999999999999'] };
    const DBSnapshotIdentifier = 'moto-export';
    const made = await rds.send(new CreateDBSnapshotCommand({ DBInstanceIdentifier, DBSnapshotIdentifier }));
    await rds.send(new ModifyDBSnapshotAttributeCommand({ DBSnapshotIdentifier, ...restore }));
    await thereAndBack(
      'rds.make-snapshot-private',
      { snapshotArn: made.DBSnapshot?.DBSnapshotArn ?? '' },
      'RUN-MTMM2222',
    );

    const DBClusterIdentifier = 'moto-cluster';
    const cluster = { Engine: 'aurora-postgresql', MasterUsername: 'owner', MasterUserPassword: 'not-a-secret-1' };
    await rds.send(new CreateDBClusterCommand({ DBClusterIdentifier, ...cluster }));
    const DBClusterSnapshotIdentifier = 'moto-cluster-export';
    const ofCluster = await rds.send(
      new CreateDBClusterSnapshotCommand({ DBClusterIdentifier, DBClusterSnapshotIdentifier }),
    );
    await rds.send(new ModifyDBClusterSnapshotAttributeCommand({ DBClusterSnapshotIdentifier, ...restore }));
    const snapshotArn = ofCluster.DBClusterSnapshot?.DBClusterSnapshotArn ?? '';
    await thereAndBack('rds.make-snapshot-private', { snapshotArn }, 'RUN-MTNN2222');
  });

  it('starts a trail that was stopped, by its ARN and as the one that was stopped last', async () => {
    const member = await memberConfig();
    const [s3, cloudtrail] = [new S3Client({ ...member, forcePathStyle: true }), new CloudTrailClient(member)];
    const Bucket = 'acme-moto-trail';
    await s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint: REGION } }));
    const order = { Name: 'audit', S3BucketName: Bucket, IsMultiRegionTrail: true, EnableLogFileValidation: true };
    const { TrailARN: trailArn = '' } = await cloudtrail.send(new CreateTrailCommand(order));
    const start = actionOf('cloudtrail.restart-logging');
    for (const [params, runId] of [
      [{ trailArn }, 'RUN-MTQQ2222'],
      [{}, 'RUN-MTRR2222'],
    ] as const) {
      await cloudtrail.send(new StartLoggingCommand({ Name: order.Name }));
      await cloudtrail.send(new StopLoggingCommand({ Name: order.Name }));
      expect((await carryOut(sessions, place(runId), start, params)).verified).toEqual([true]);
    }
  });

  it('throttles a function to zero and reserves again what was reserved, or nothing', async () => {
    const lambda = new LambdaClient(await memberConfig());
    const Role = await roleOfFunctions();
    for (const FunctionName of ['resize', 'tag']) {
      const code = { Runtime: 'nodejs22.x', Handler: 'index.handler', Code: { ZipFile: EMPTY_ZIP } } as const;
      await lambda.send(new CreateFunctionCommand({ FunctionName, Role, ...code }));
    }
    await lambda.send(new PutFunctionConcurrencyCommand({ FunctionName: 'resize', ReservedConcurrentExecutions: 25 }));
    await lambda.send(new CreateFunctionUrlConfigCommand({ FunctionName: 'resize', AuthType: 'NONE' }));
    const caller = { StatementId: 'uploads', Action: 'lambda:InvokeFunction', Principal: 's3.amazonaws.com' };
    await lambda.send(new AddPermissionCommand({ FunctionName: 'resize', ...caller }));
    await thereAndBack('lambda.throttle-to-zero', { functionName: 'resize' }, 'RUN-MTSS2222');
    await thereAndBack('lambda.throttle-to-zero', { functionName: 'tag' }, 'RUN-MTTT2222');
  });

  it('takes snapshots of all volumes', async () => {
    const instanceId = await launch();
    const { verified, outputs } = await carryOut(sessions, place('RUN-MTDD2222'), actionOf('ec2.snapshot-volumes'), {
      instanceId,
    });
    expect(verified).toEqual([true]);
    expect(outputs['create-snapshots']?.['snapshotIds']).toHaveLength(1);
  });
});

/** The end record of a ZIP archive without files. */
const EMPTY_ZIP = Buffer.from(`504b0506${'00'.repeat(18)}`, 'hex');

/** Moto looks whether the role of a function exists. */
async function roleOfFunctions(): Promise<string> {
  const iam = new IAMClient(await memberConfig());
  const statement = { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' };
  const trust = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName: 'functions', AssumeRolePolicyDocument: trust }));
  return Role?.Arn ?? '';
}

/** Forward, then back: both verified, and the plan is the same again afterwards, but for ids that AWS gives anew. */
async function thereAndBack(id: string, params: JsonObject, runId: string, newIds?: RegExp): Promise<void> {
  const action = actionOf(id);
  const { plan, outputs, verified } = await carryOut(sessions, place(runId), action, params);
  expect(verified).not.toContain(false);
  const back = await undo(sessions, place(runId.replace('RUN-M', 'RUN-U')), action, plan, outputs);
  expect(back.verified).not.toContain(false);
  const again = await planIt(sessions, place(runId), action, params);
  const textOf = (made: Plan) => canonicalJson(made).replace(newIds ?? /$^/, 'the-id');
  expect(textOf(again)).toBe(textOf(plan));
}

function actionOf(id: string) {
  const action = registryOf(ACTIONS).get(id);
  if (action === undefined) throw new Error(`there is no action ${id}`);
  return action;
}

/** Moto gives an account to each assumed role, by the account in its ARN. */
async function memberConfig() {
  const shared = { region: REGION, endpoint: moto.endpoint };
  const sts = new STSClient({ ...shared, credentials: HUB });
  const role = { RoleArn: `arn:aws:iam::${ACCOUNT}:role/owner`, RoleSessionName: 'owner' };
  const { Credentials } = await sts.send(new AssumeRoleCommand(role));
  const credentials = {
    accessKeyId: Credentials?.AccessKeyId ?? '',
    secretAccessKey: Credentials?.SecretAccessKey ?? '',
    sessionToken: Credentials?.SessionToken ?? '',
  };
  return { ...shared, credentials };
}

/** A public database in a subnet group of its own. */
async function database(DBInstanceIdentifier: string): Promise<string> {
  const config = await memberConfig();
  const [ec2, rds] = [new EC2Client(config), new RDSClient(config)];
  const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: '10.22.0.0/16' }));
  const place = { VpcId: Vpc?.VpcId ?? '', CidrBlock: '10.22.1.0/24' };
  const { Subnet } = await ec2.send(new CreateSubnetCommand(place));
  const DBSubnetGroupName = `${DBInstanceIdentifier}-subnets`;
  const group = { DBSubnetGroupName, DBSubnetGroupDescription: 'databases', SubnetIds: [Subnet?.SubnetId ?? ''] };
  await rds.send(new CreateDBSubnetGroupCommand(group));
  await rds.send(
    new CreateDBInstanceCommand({
      DBInstanceIdentifier,
      DBSubnetGroupName,
      DBInstanceClass: 'db.t3.medium',
      Engine: 'postgres',
      AllocatedStorage: 20,
      MasterUsername: 'owner',
      MasterUserPassword: 'not-a-secret-1',
      PubliclyAccessible: true,
    }),
  );
  return DBInstanceIdentifier;
}

/**
 * An instance with two interfaces. They are made first and handed to the launch: for an interface that it makes itself, moto goes on
 * answering the groups of the launch, whatever groups are set later.
 */
async function launch(): Promise<string> {
  const ec2 = new EC2Client(await memberConfig());
  const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: '10.20.0.0/16' }));
  const VpcId = Vpc?.VpcId ?? '';
  const { Subnet } = await ec2.send(new CreateSubnetCommand({ VpcId, CidrBlock: '10.20.1.0/24' }));
  const group = async (GroupName: string) =>
    (await ec2.send(new CreateSecurityGroupCommand({ GroupName, Description: GroupName, VpcId }))).GroupId ?? '';
  const [web, ssh] = [await group('web'), await group('ssh')];
  const networkInterface = async (Groups: string[]) => {
    const made = await ec2.send(new CreateNetworkInterfaceCommand({ SubnetId: Subnet?.SubnetId ?? '', Groups }));
    return made.NetworkInterface?.NetworkInterfaceId ?? '';
  };
  const { Images = [] } = await ec2.send(new DescribeImagesCommand({ Owners: ['amazon'] }));
  const launched = await ec2.send(
    new RunInstancesCommand({
      ImageId: Images[0]?.ImageId ?? '',
      MinCount: 1,
      MaxCount: 1,
      NetworkInterfaces: [
        { DeviceIndex: 0, NetworkInterfaceId: await networkInterface([web, ssh]) },
        { DeviceIndex: 1, NetworkInterfaceId: await networkInterface([web]) },
      ],
    }),
  );
  return launched.Instances?.[0]?.InstanceId ?? '';
}
