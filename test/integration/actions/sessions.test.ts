import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { accessKeyId, DATA_INSTANCE, LEAKED_KEY_USER } from '../../../sandbox/aws/seed/names.ts';
import { EXTERNAL_ID_SECRET, HOME_REGION, HUB_CREDENTIALS } from '../../../sandbox/world.ts';
import { externalIdOf } from '../../../src/aws/external-id.ts';
import { openHttp } from '../../../src/aws/http.ts';
import { openSessions, type Sessions } from '../../../src/aws/sessions.ts';
import type { AwsCall, Statement } from '../../../src/domain/plan.ts';
import type { ActRequest } from '../../../src/ports.ts';
import { Secret } from '../../../src/secret.ts';
import { openSandbox, type Sandbox, SELF, SETTINGS } from '../../support/contract/sandbox.ts';
import { SILENT } from '../../support/contract/settings.ts';

const { account, userName } = LEAKED_KEY_USER;
const KEY = accessKeyId(account, userName);
const DATA = DATA_INSTANCE.account;
const USER_ARN = `arn:aws:iam::${account}:user/service/${userName}`;
const ONE: Statement = { actions: ['iam:UpdateAccessKey'], resources: [USER_ARN] };
const deactivate: AwsCall = {
  service: 'iam',
  operation: 'UpdateAccessKey',
  input: { UserName: userName, AccessKeyId: KEY, Status: 'Inactive' },
};
const listKeys: AwsCall = { service: 'iam', operation: 'ListAccessKeys', input: { UserName: userName } };
const describeVpcs: AwsCall = { service: 'ec2', operation: 'DescribeVpcs', input: {} };

function request(over: Partial<ActRequest> = {}): ActRequest {
  return {
    accountId: account,
    region: HOME_REGION,
    incidentId: 'INC-2026-0003',
    runId: 'RUN-SESS2222',
    approvers: ['U0ALICE0001', 'U0BO0000001'],
    statements: [ONE],
    ...over,
  };
}

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await openSandbox();
});
afterEach(() => sandbox.close());

const assumed = async () => (await sandbox.log()).filter((entry) => entry.operation === 'AssumeRole');

function sessionsWith(over: Partial<Parameters<typeof openSessions>[0]>): Sessions {
  return openSessions({
    settings: SETTINGS,
    self: SELF,
    hubRegion: HOME_REGION,
    secret: new Secret(EXTERNAL_ID_SECRET),
    log: SILENT,
    endpoint: sandbox.endpoint,
    credentials: HUB_CREDENTIALS,
    ...over,
  });
}

describe('read sessions', () => {
  it('are assumed once for an account, however many ask at once and in whatever Region', async () => {
    const regions = [HOME_REGION, 'us-east-1', HOME_REGION, 'us-east-1', HOME_REGION];
    const readers = await Promise.all(regions.map((region) => sandbox.sessions.read(DATA, region)));
    await Promise.all(readers.flatMap((reader) => Array.from({ length: 4 }, () => reader.send(describeVpcs))));
    expect(await assumed()).toHaveLength(1);
  });

  it('are made anew, once, when AWS says that they have run out', async () => {
    const reader = await sandbox.sessions.read(account, HOME_REGION);
    await reader.send(listKeys);
    await sandbox.advance(3_601_000);
    await reader.send(listKeys);
    expect(await assumed()).toHaveLength(2);
  });

  it('send no write, and nothing that is not on the list', async () => {
    const reader = await sandbox.sessions.read(account, HOME_REGION);
    const before = (await sandbox.log()).length;
    await expect(reader.send(deactivate)).rejects.toMatchObject({ code: 'operation_not_allowed' });
    await expect(reader.send({ ...listKeys, operation: 'ListUsers' })).rejects.toMatchObject({
      code: 'operation_not_allowed',
    });
    expect(await sandbox.log()).toHaveLength(before);
  });

  it('are tried three times when AWS is busy', async () => {
    const reader = await sandbox.sessions.read(account, HOME_REGION);
    await sandbox.fault({ service: 'iam', operation: 'ListAccessKeys', kind: 'throttle', times: 2 });
    await expect(reader.send(listKeys)).resolves.toHaveProperty('AccessKeyMetadata');
    expect((await sandbox.log()).filter((entry) => entry.operation === 'ListAccessKeys')).toHaveLength(3);
  });
});

describe('act sessions', () => {
  it('are fresh each time and carry the run and the incident', async () => {
    const [first] = await Promise.all([sandbox.sessions.act(request()), sandbox.sessions.act(request())]);
    const { requestId } = await first.send(deactivate);
    expect(requestId).toMatch(/\S/);
    expect(await assumed()).toHaveLength(2);
    const [write] = (await sandbox.log()).filter((entry) => entry.operation === 'UpdateAccessKey');
    expect(write).toMatchObject({ effect: true, sourceIdentity: 'RUN-SESS2222', sessionName: 'INC-2026-0003' });
  });

  it('are checked to be of the account before they are handed out', async () => {
    await sandbox.sessions.act(request());
    const operations = (await sandbox.log()).map((entry) => entry.operation);
    expect(operations).toEqual(['AssumeRole', 'GetCallerIdentity']);
  });

  it('send a write once, also when AWS is busy', async () => {
    const writer = await sandbox.sessions.act(request());
    await sandbox.fault({ service: 'iam', operation: 'UpdateAccessKey', kind: 'throttle', times: 1 });
    await expect(writer.send(deactivate)).rejects.toMatchObject({ retry: true, ambiguous: false });
    expect((await sandbox.log()).filter((entry) => entry.operation === 'UpdateAccessKey')).toHaveLength(1);
  });

  it.each(['timeout-after', 'server-error'])('say that nobody knows after %s', async (kind) => {
    const sessions = sessionsWith({ http: openHttp({ requestTimeoutMs: 300 }) });
    const writer = await sessions.act(request());
    await sandbox.fault({ service: 'iam', operation: 'UpdateAccessKey', kind, times: 1 });
    await expect(writer.send(deactivate)).rejects.toMatchObject({ ambiguous: true, retry: true });
    sessions.close();
  });

  it('are not asked for when the plan reaches Cordon itself', async () => {
    const statements = [{ actions: ['iam:PutRolePolicy'], resources: [`arn:aws:iam::${account}:role/cordon-read`] }];
    await expect(sandbox.sessions.act(request({ statements }))).rejects.toMatchObject({ code: 'self_protected' });
    expect(await sandbox.log()).toEqual([]);
  });

  it('send no read', async () => {
    const writer = await sandbox.sessions.act(request());
    await expect(writer.send(listKeys)).rejects.toMatchObject({ code: 'operation_not_allowed' });
  });

  it('fit any number of approvers into their tag', async () => {
    const approvers = Array.from({ length: 60 }, (_, index) => `U0APPROVER${index},<!channel>`);
    await expect(sandbox.sessions.act(request({ approvers }))).resolves.toBeDefined();
  });
});

describe('accounts', () => {
  it('that are not listed, or in another partition, are never asked for', async () => {
    await expect(sandbox.sessions.read('999999999999', HOME_REGION)).rejects.toMatchObject({
      code: 'account_not_listed',
    });
    await expect(sandbox.sessions.act(request({ region: 'cn-north-1' }))).rejects.toMatchObject({
      code: 'other_partition',
    });
    await expect(sandbox.sessions.act(request({ accountId: '111111111111' }))).rejects.toMatchObject({
      code: 'account_observed_only',
    });
    expect(await sandbox.log()).toEqual([]);
  });

  it('say what is wrong with them and what to deploy', async () => {
    const act = (accountId: string) => sandbox.sessions.act(request({ accountId }));
    await expect(sandbox.sessions.read('555555555551', HOME_REGION)).resolves.toMatchObject({
      accountId: '555555555551',
    });
    await expect(act('555555555551')).rejects.toMatchObject({
      state: 'no-role',
      hint: expect.stringContaining('Deploy infra/member-role.json to dev-playground (555555555551)'),
    });
    await expect(act('444444444442')).rejects.toMatchObject({
      state: 'external-id',
      message: expect.stringContaining('staging-web (444444444442)'),
    });
    await sandbox.fault({ service: 'sts', operation: 'AssumeRole', kind: 'deny', times: 1 });
    await expect(sandbox.sessions.read('333333333332', HOME_REGION)).rejects.toMatchObject({ state: 'scp' });
  });

  it('with another secret than the one their roles were deployed with cannot be entered', async () => {
    const sessions = sessionsWith({ secret: new Secret('another secret') });
    await expect(sessions.read(account, HOME_REGION)).rejects.toMatchObject({
      awsCode: 'AccessDenied',
      state: 'external-id',
    });
    sessions.close();
  });

  it('do not learn their ExternalId from an error', async () => {
    const sessions = sessionsWith({ secret: new Secret('another secret') });
    const error: unknown = await sessions.read(account, HOME_REGION).catch((thrown: unknown) => thrown);
    const told = inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true, maxStringLength: null });
    expect(told).toContain('AssumeRoleError');
    expect(told).not.toContain(externalIdOf({ id: account }, new Secret('another secret')));
    sessions.close();
  });
});
