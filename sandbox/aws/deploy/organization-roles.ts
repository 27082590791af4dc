import { createHmac } from 'node:crypto';
import {
  AUDIT_BUCKET,
  EXTERNAL_ID_SECRET,
  HOME_REGION,
  HUB_CREDENTIALS,
  HUB_ROLE_NAME,
  MANAGEMENT_ACCOUNT,
  ORGANIZATION_ID,
  SECURITY_ACCOUNT,
} from '../../world.ts';
import { iamArn, sessionArn } from '../arn.ts';
import type { Organization } from '../organization.ts';
import { deployStack } from './deploy-stack.ts';
import { readTemplate } from './template.ts';

/** Observe-only: reads, and no role to act with. */
const WITHOUT_REMEDIATION = '555555555551';
/** Deployed with an ExternalId that is not its own. */
const WRONG_EXTERNAL_ID = '444444444442';

/** Paths of the product's generated templates. */
export interface TemplatePaths {
  readonly hub: string;
  readonly member: string;
}

/** What the deployer hands to an account's stack: lower-case hex HMAC-SHA256 of the account id. */
export function externalIdOf(account: string): string {
  return createHmac('sha256', EXTERNAL_ID_SECRET).update(account).digest('hex');
}

/** Deploys the product's own templates: the hub stack in the security account, the member stack everywhere but in the management account. Throws with what a template lacks. */
export function deployOrganizationRoles(organization: Organization, paths: TemplatePaths): void {
  deployStack(organization, {
    template: readTemplate(paths.hub),
    account: SECURITY_ACCOUNT,
    region: HOME_REGION,
    stackName: 'cordon-hub',
    parameters: { OrganizationId: ORGANIZATION_ID, AuditBucket: AUDIT_BUCKET },
  });
  const member = readTemplate(paths.member);
  const HubRoleArn = hubRoleArn(organization);
  const members = organization.state.table('organization-accounts', MANAGEMENT_ACCOUNT).list();
  for (const { Id: id } of members.filter(({ Id }) => Id !== MANAGEMENT_ACCOUNT)) {
    const ExternalId = id === WRONG_EXTERNAL_ID ? externalIdOf(`mistyped-${id}`) : externalIdOf(id);
    deployStack(organization, {
      template: member,
      account: id,
      region: HOME_REGION,
      stackName: 'cordon-member',
      parameters: { HubRoleArn, ExternalId, OrganizationId: ORGANIZATION_ID },
      withoutRoles: id === WITHOUT_REMEDIATION ? ['cordon-remediate'] : [],
    });
  }
}

function hubRole(organization: Organization): { arn: string; roleId: string } {
  const role = organization.state.table('roles', SECURITY_ACCOUNT).get(HUB_ROLE_NAME);
  if (!role) throw new Error(`the hub template makes no role ${HUB_ROLE_NAME}`);
  return { arn: iamArn(SECURITY_ACCOUNT, 'role', role.Path, role.RoleName), roleId: role.RoleId };
}

function hubRoleArn(organization: Organization): string {
  return hubRole(organization).arn;
}

/** Signs the hub role in with its fixed credentials, as the platform it runs on would. They do not end. */
export function openHubSession(organization: Organization): void {
  const { arn, roleId } = hubRole(organization);
  organization.sessions.set(HUB_CREDENTIALS.accessKeyId, {
    ...HUB_CREDENTIALS,
    principal: {
      kind: 'role',
      account: SECURITY_ACCOUNT,
      name: HUB_ROLE_NAME,
      arn: sessionArn(SECURITY_ACCOUNT, HUB_ROLE_NAME, 'cordon'),
      principalArn: arn,
      userId: `${roleId}:cordon`,
      sessionName: 'cordon',
      issuedAt: new Date(organization.clock.now()).toISOString(),
      tags: {},
      transitiveTags: [],
    },
  });
}
