import { type Account, accountLabel } from '../domain/account.ts';
import { AwsCallError } from '../domain/errors.ts';
import type { AccountHealth } from '../ports.ts';
import { isDenied } from './errors.ts';

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

export interface Attempt {
  readonly account: Account;
  readonly role: string;
  readonly region: string;
  readonly purpose: AccountHealth['purpose'];
  /** Whether the read role of the same account can be assumed; undefined when nobody has tried. */
  readonly readWorks: boolean | undefined;
}

/**
 * Why a role cannot be assumed. STS answers "not authorized" alike for a missing role, another trust policy and a wrong ExternalId;
 * only its words about policies of the organization and what the other role of the account does tell them apart.
 */
export function causeOf(error: AwsCallError, attempt: Attempt): Cause {
  const name = accountLabel(attempt.account, attempt.account.id);
  const deploy = `Deploy infra/member-role.json to ${name} with ExternalId shown by \`npm run -s cordon -- accounts\`.`;
  const role = `The role ${attempt.role} in ${name} cannot be assumed`;
  const text = error.message;
  if (error.awsCode === 'RegionDisabled' || /STS is not activated/i.test(text)) {
    return {
      state: 'region-off',
      detail: `${role}: the Region ${attempt.region} is off.`,
      hint: `Enable ${attempt.region} in ${name}, or leave it out of cordon.yaml.`,
    };
  }
  if (/suspended|account is closed/i.test(text)) {
    return {
      state: 'suspended',
      detail: `${role}: AWS has suspended or closed the account.`,
      hint: 'Take the account out of cordon.yaml, or ask AWS Support.',
    };
  }
  if (/service control policy|resource control policy/i.test(text)) {
    return {
      state: 'scp',
      detail: `${role}: a policy of the organization denies it.`,
      hint: `Let sts:AssumeRole on ${attempt.role} through in the service control policies of ${name}.`,
    };
  }
  if (!isDenied(error)) return passing(error, role);
  return denied(text, attempt, role, deploy);
}

function passing(error: AwsCallError, role: string): Cause {
  const throttled = error.retry && !error.ambiguous && error.status !== undefined;
  return { state: throttled ? 'throttled' : 'unknown', detail: `${role}: ${error.message}`, hint: error.hint };
}

function denied(text: string, attempt: Attempt, role: string, deploy: string): Cause {
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
  if (attempt.purpose === 'act' && attempt.readWorks === true) {
    return {
      state: 'no-role',
      detail: `${role}, while the read role can: most likely the role does not exist.`,
      hint: deploy,
    };
  }
  return {
    state: 'external-id',
    detail: `${role}: most likely the ExternalId differs or the role was never deployed; else its trust policy names another role than Cordon's. AWS does not say which.`,
    hint: deploy,
  };
}
