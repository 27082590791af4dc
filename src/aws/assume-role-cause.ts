import { type Account, accountLabel } from '../domain/account.ts';
import { AwsCallError } from '../domain/errors.ts';
import type { AccountHealth } from '../ports.ts';
import { isDenied, isOfOrganization, isThrottled } from './errors.ts';

export type RoleState = Exclude<AccountHealth['state'], 'ok'>;

/** A role that could not be assumed, with the likely cause and what to deploy. */
export class AssumeRoleError extends AwsCallError {
  readonly state: RoleState;

  constructor(cause: AwsCallError, likely: Cause) {
    super(cause.awsCode, likely.detail, {
      hint: likely.hint,
      retry: cause.retry,
      cause,
      ambiguous: false,
      ...(cause.status === undefined ? {} : { status: cause.status }),
    });
    this.name = 'AssumeRoleError';
    this.state = likely.state;
  }
}

export interface Cause {
  readonly state: RoleState;
  readonly detail: string;
  readonly hint: string;
}

/** What the presence role of an account said: the stack is not there, it takes another ExternalId, or it is there and takes ours. */
export type Presence = 'absent' | 'other-external-id' | 'complete';

export interface Attempt {
  readonly account: Account;
  readonly role: string;
  readonly region: string;
  readonly purpose: AccountHealth['purpose'];
  /** Undefined when it was not asked or gave no answer. */
  readonly presence: Presence | undefined;
}

/**
 * Why a role cannot be assumed. STS answers "not authorized" alike for a missing role, a suspended account, another trust policy and a wrong ExternalId; its words about
 * policies of the organization, and what the presence role of the same stack does, tell most of them apart. What cannot be told apart is said together, the likelier first.
 */
export function causeOf(error: AwsCallError, attempt: Attempt): Cause {
  const name = accountLabel(attempt.account, attempt.account.id);
  const role = `The role ${attempt.role} in ${name} cannot be assumed`;
  const text = error.message;
  if (error.awsCode === 'RegionDisabled' || /STS is not activated/i.test(text)) {
    return {
      state: 'region-off',
      detail: `${role}: the Region ${attempt.region} is off.`,
      hint: `Enable ${attempt.region} in ${name}: Cordon asks for its sessions there.`,
    };
  }
  if (/suspended|account is closed/i.test(text)) {
    return {
      state: 'suspended',
      detail: `${role}: AWS has suspended or closed the account.`,
      hint: 'Take the account out of cordon.yaml, or ask AWS Support.',
    };
  }
  if (isOfOrganization(error)) {
    return {
      state: 'scp',
      detail: `${role}: a policy of the organization denies it.`,
      hint: `Let sts:AssumeRole on ${attempt.role} through in the service and resource control policies of ${name}.`,
    };
  }
  if (isThrottled(error)) {
    return {
      state: 'throttled',
      detail: `${role}: STS answers that it gets too many calls (${error.awsCode}).`,
      hint: 'It may pass: Cordon asks less often now. Else see in CloudTrail who else assumes roles from the security account so often.',
    };
  }
  if (!isDenied(error)) return { state: 'unknown', detail: `${role}: ${error.message}`, hint: error.hint };
  return denied(text, attempt, role, name);
}

function denied(text: string, attempt: Attempt, role: string, name: string): Cause {
  const deploy = `Deploy infra/member-role.json to ${name} with ExternalId shown by \`npm run -s cordon -- accounts\`.`;
  if (/no identity-based policy allows/i.test(text)) {
    return {
      state: 'trust',
      detail: `${role}: Cordon's own role may not assume it.`,
      hint: 'Deploy infra/hub.json to the security account, with the id of this organization.',
    };
  }
  const [, part] = /perform: sts:(TagSession|SetSourceIdentity)/.exec(text) ?? [];
  if (part !== undefined) {
    return { state: 'trust', detail: `${role}: its trust policy does not allow sts:${part}.`, hint: deploy };
  }
  if (attempt.purpose === 'act') {
    return {
      state: 'no-role',
      detail: `${role}, while the read role can: most likely it does not exist; else its trust policy was changed.`,
      hint: `Deploy infra/member-role.json to ${name} again, or set act: false for it in cordon.yaml.`,
    };
  }
  switch (attempt.presence) {
    case 'absent':
      return {
        state: 'no-role',
        detail: `${role}, nor can cordon-presence: most likely infra/member-role.json was never deployed there. Else it was deployed for another hub role or organization, or before it had cordon-presence, or AWS has suspended the account; STS answers all of them alike.`,
        hint: deploy,
      };
    case 'other-external-id':
      return {
        state: 'external-id',
        detail: `${role}: the stack is there, and was deployed with another ExternalId than the one of this account.`,
        hint: `${deploy} Or give the one it has as externalId in cordon.yaml.`,
      };
    case 'complete':
      return {
        state: 'no-role',
        detail: `${role}, while the stack is there with the right ExternalId: most likely the role was deleted; else its trust policy was changed.`,
        hint: `Deploy infra/member-role.json to ${name} again.`,
      };
    default:
      return {
        state: 'external-id',
        detail: `${role}: most likely the ExternalId differs or the role was never deployed; else its trust policy names another role than Cordon's. AWS does not say which.`,
        hint: deploy,
      };
  }
}
