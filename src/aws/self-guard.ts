import { CordonError } from '../domain/errors.ts';
import type { ActRequest, SelfIdentity } from '../ports.ts';

/**
 * The last look before a session is asked for: a plan whose rights reach Cordon's own roles, functions or hosts is not run, whatever the action had planned.
 * Throws CordonError `self_protected`.
 */
export function refuseSelf(request: Pick<ActRequest, 'statements'>, self: SelfIdentity): void {
  const resources = request.statements.flatMap((statement) => statement.resources);
  const own = resources.find((resource) => isOwn(resource, self));
  if (own === undefined) return;
  throw new CordonError('self_protected', `The plan would change Cordon itself (${own}).`, {
    hint: "Nothing was sent. Change Cordon's own roles and hosts by hand.",
  });
}

function isOwn(arn: string, self: SelfIdentity): boolean {
  const [, , service, , , ...rest] = arn.split(':');
  const resource = rest.join(':');
  const name = resource.split('/').at(-1) ?? '';
  if (service === 'iam') return name.startsWith('cordon-') || self.roleNames.includes(name);
  if (service === 'lambda') return resource.startsWith('function:cordon-');
  return service === 'ec2' && resource.startsWith('instance/') && self.instanceIds.includes(name);
}
