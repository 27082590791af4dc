import { ORGANIZATION_ID } from '../../world.ts';
import type { Call, Need } from '../operation.ts';
import type { ServiceName } from '../wire/schemas.ts';
import { accessDenied } from './access-denied.ts';
import type { ConditionKeys } from './conditions.ts';
import { evaluate, type PolicySet } from './evaluate.ts';
import { policySetOf } from './policy-set.ts';
import { principalKeys } from './principal.ts';

/** The condition keys that every request of this call has. */
export function globalKeys(call: Call): ConditionKeys {
  return {
    ...principalKeys(call.principal),
    'aws:RequestedRegion': call.region,
    'aws:CurrentTime': new Date(call.clock.now()).toISOString(),
    'aws:EpochTime': String(Math.floor(call.clock.now() / 1000)),
    'aws:SecureTransport': 'true', // the wire here is plain http on loopback; a policy that asks for TLS means the real AWS
    'aws:SourceIp': '127.0.0.1',
    'aws:ResourceOrgID': ORGANIZATION_ID,
  };
}

/** Checks every need of a call; the first that is not met is thrown in the service's words. */
export function authorize(service: ServiceName, call: Call, needs: readonly Need[]): void {
  if (needs.length === 0) return;
  const policies: PolicySet = policySetOf(call.state, call.principal);
  const keys = globalKeys(call);
  for (const need of needs) {
    const decision = evaluate(policies, {
      action: need.action,
      resource: need.resource,
      keys: { ...keys, 'aws:ResourceAccount': resourceAccount(need, call), ...need.keys },
    });
    if (!decision.allowed) throw accessDenied(service, call.principal, need.action, need.resource, decision);
  }
}

function resourceAccount(need: Need, call: Call): string {
  return need.resource.split(':')[4] || call.account;
}
