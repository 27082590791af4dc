import { AwsError } from '../errors.ts';
import { SERVICE_CODES } from '../service-codes.ts';
import type { ServiceName } from '../wire/schemas.ts';
import type { Decision } from './evaluate.ts';
import type { Principal } from './principal.ts';

/** Says who may not do what, and because of which kind of policy, in the words of AWS's access denied messages. */
export function accessDenied(
  service: ServiceName,
  principal: Principal,
  action: string,
  resource: string,
  decision: Decision & { allowed: false },
): AwsError {
  const because = decision.explicit
    ? `with an explicit deny in ${article(decision.policyType)} ${decision.policyType}`
    : `because no ${decision.policyType} allows the ${action} action`;
  return deniedWith(service, principal, action, resource, because);
}

/** What a member of an organisation answers when a policy of the organisation stands in the way. */
export function deniedByOrganization(
  service: ServiceName,
  principal: Principal,
  action: string,
  resource: string,
  policyType: 'service control policy' | 'resource control policy' = 'service control policy',
): AwsError {
  return deniedWith(service, principal, action, resource, `with an explicit deny in a ${policyType}`);
}

function deniedWith(
  service: ServiceName,
  principal: Principal,
  action: string,
  resource: string,
  because: string,
): AwsError {
  const lead = service === 'ec2' ? 'You are not authorized to perform this operation. ' : '';
  const on = resource === '*' ? '' : ` on resource: ${resource}`;
  return new AwsError(
    SERVICE_CODES[service].denied,
    `${lead}User: ${principal.arn} is not authorized to perform: ${action}${on} ${because}`,
    { status: 403 },
  );
}

function article(noun: string): string {
  return /^[aeiou]/.test(noun) ? 'an' : 'a';
}
