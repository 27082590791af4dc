import { z } from 'zod';
import { MANAGEMENT_ACCOUNT, ORGANIZATION_ID, ROOT_ID, SECURITY_ACCOUNT } from '../../world.ts';
import { AwsError } from '../errors.ts';
import { type Call, defineOperation, type Need } from '../operation.ts';
import { type Page, pageOf } from '../paging.ts';
import type { OrganizationAccount, OrganizationalUnit } from '../state/kinds.ts';
import { assertMayRead, oneAtATime } from './access.ts';
import { membership } from './account-state.ts';

/** At most twenty a page, and the service may give fewer, or none, with a token for more. */
const MaxResults = z.number().int().min(1).max(20).default(20);
const Paging = { MaxResults, NextToken: z.string().optional() };
/** Where accounts have left the organisation, a page holds nothing in their place: the first page is followed by an empty one. */
const SHORT_PAGE = 5;

function need(action: string): Need[] {
  return [{ action: `organizations:${action}`, resource: '*' }];
}

function arn(kind: string, id: string): string {
  return `arn:aws:organizations::${MANAGEMENT_ACCOUNT}:${kind}/${ORGANIZATION_ID}/${id}`;
}

/** Without Status, which AWS retired in September 2026. */
function accountAnswer({ Id, Name, Email, State, JoinedTimestamp }: OrganizationAccount): object {
  return {
    Id,
    Arn: arn('account', Id),
    Name,
    Email,
    State,
    JoinedMethod: 'CREATED',
    JoinedTimestamp: new Date(JoinedTimestamp),
  };
}

function unitAnswer({ Id, Name }: OrganizationalUnit): object {
  return { Id, Name, Arn: arn('ou', Id) };
}

function accounts(call: Call): OrganizationAccount[] {
  return call.state.table('organization-accounts', MANAGEMENT_ACCOUNT).list();
}

function units(call: Call): OrganizationalUnit[] {
  return call.state.table('organizational-units', MANAGEMENT_ACCOUNT).list();
}

function rest({ next }: Page<unknown>): object {
  return next === undefined ? {} : { NextToken: next };
}

function read<T>(call: Call, work: () => T): Promise<T> {
  return oneAtATime(call, () => {
    assertMayRead(call);
    return work();
  });
}

function parentOf(call: Call, id: string): OrganizationalUnit {
  const unit = call.state.table('organizational-units', MANAGEMENT_ACCOUNT).get(id);
  if (unit) return unit;
  throw new AwsError(
    'ParentNotFoundException',
    "You provided parent that doesn't exist in an organization: root or OU not found.",
  );
}

function accountOf(call: Call, id: string): OrganizationAccount {
  const row = membership(call.state, id);
  if (row) return row;
  throw new AwsError('AccountNotFoundException', "You specified an account that doesn't exist.");
}

/** Any account of the organisation may ask for it. */
const describeOrganization = defineOperation({
  name: 'DescribeOrganization',
  input: z.strictObject({}),
  needs: () => need('DescribeOrganization'),
  run: (_input, call) =>
    oneAtATime(call, () => ({
      Organization: {
        Id: ORGANIZATION_ID,
        Arn: `arn:aws:organizations::${MANAGEMENT_ACCOUNT}:organization/${ORGANIZATION_ID}`,
        FeatureSet: 'ALL',
        MasterAccountId: MANAGEMENT_ACCOUNT,
        MasterAccountArn: arn('account', MANAGEMENT_ACCOUNT),
        MasterAccountEmail: accountOf(call, MANAGEMENT_ACCOUNT).Email,
        AvailablePolicyTypes: [],
      },
    })),
});

const listAccounts = defineOperation({
  name: 'ListAccounts',
  input: z.strictObject(Paging),
  needs: () => need('ListAccounts'),
  run: (input, call) =>
    read(call, () => {
      const page = pageOf(withGap(accounts(call)), input.MaxResults, input.NextToken, 'InvalidInputException');
      return { Accounts: page.items.flatMap((row) => (row === null ? [] : [accountAnswer(row)])), ...rest(page) };
    }),
});

function withGap<T>(rows: readonly T[]): (T | null)[] {
  const gap = Array.from({ length: 20 - SHORT_PAGE + 20 }, () => null);
  return [...rows.slice(0, SHORT_PAGE), ...gap, ...rows.slice(SHORT_PAGE)];
}

const describeAccount = defineOperation({
  name: 'DescribeAccount',
  input: z.strictObject({ AccountId: z.string().regex(/^\d{12}$/) }),
  needs: () => need('DescribeAccount'),
  run: (input, call) => read(call, () => ({ Account: accountAnswer(accountOf(call, input.AccountId)) })),
});

const listRoots = defineOperation({
  name: 'ListRoots',
  input: z.strictObject(Paging),
  needs: () => need('ListRoots'),
  run: (_input, call) =>
    read(call, () => ({ Roots: [{ Id: ROOT_ID, Arn: arn('root', ROOT_ID), Name: 'Root', PolicyTypes: [] }] })),
});

const OfParent = z.strictObject({
  ParentId: z.string().regex(/^(r-[0-9a-z]{4,32}|ou-[0-9a-z]{4,32}-[a-z0-9]{8,32})$/),
  ...Paging,
});

const listUnitsForParent = defineOperation({
  name: 'ListOrganizationalUnitsForParent',
  input: OfParent,
  needs: () => need('ListOrganizationalUnitsForParent'),
  run: (input, call) =>
    read(call, () => {
      const parent = parentOf(call, input.ParentId);
      const children = units(call).filter(({ ParentId }) => ParentId === parent.Id);
      const page = pageOf(children, input.MaxResults, input.NextToken, 'InvalidInputException');
      return { OrganizationalUnits: page.items.map(unitAnswer), ...rest(page) };
    }),
});

const listAccountsForParent = defineOperation({
  name: 'ListAccountsForParent',
  input: OfParent,
  needs: () => need('ListAccountsForParent'),
  run: (input, call) =>
    read(call, () => {
      const parent = parentOf(call, input.ParentId);
      const children = accounts(call).filter(({ ParentId }) => ParentId === parent.Id);
      const page = pageOf(children, input.MaxResults, input.NextToken, 'InvalidInputException');
      return { Accounts: page.items.map(accountAnswer), ...rest(page) };
    }),
});

const listParents = defineOperation({
  name: 'ListParents',
  input: z.strictObject({ ChildId: z.string().min(1), ...Paging }),
  needs: () => need('ListParents'),
  run: (input, call) =>
    read(call, () => {
      const unit = call.state.table('organizational-units', MANAGEMENT_ACCOUNT).get(input.ChildId);
      const parent = unit === undefined ? accountOf(call, input.ChildId).ParentId : unit.ParentId;
      return {
        Parents:
          parent === undefined ? [] : [{ Id: parent, Type: parent === ROOT_ID ? 'ROOT' : 'ORGANIZATIONAL_UNIT' }],
      };
    }),
});

/** Tags of accounts; units and policies have none here. */
const listTagsForResource = defineOperation({
  name: 'ListTagsForResource',
  input: z.strictObject({ ResourceId: z.string().min(1), NextToken: z.string().optional() }),
  needs: () => need('ListTagsForResource'),
  run: (input, call) =>
    read(call, () => {
      const row = membership(call.state, input.ResourceId);
      if (row) return { Tags: row.Tags };
      throw new AwsError('TargetNotFoundException', "You specified a target that doesn't exist.");
    }),
});

const listDelegatedAdministrators = defineOperation({
  name: 'ListDelegatedAdministrators',
  input: z.strictObject({ ServicePrincipal: z.string().optional(), ...Paging }),
  needs: () => need('ListDelegatedAdministrators'),
  run: (_input, call) =>
    read(call, () => {
      const row = accountOf(call, SECURITY_ACCOUNT);
      const since = new Date(row.JoinedTimestamp);
      return { DelegatedAdministrators: [{ ...accountAnswer(row), DelegationEnabledDate: since }] };
    }),
});

export const readOperations = [
  describeOrganization,
  listAccounts,
  describeAccount,
  listRoots,
  listUnitsForParent,
  listAccountsForParent,
  listParents,
  listTagsForResource,
  listDelegatedAdministrators,
];
