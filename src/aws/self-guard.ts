import { CordonError } from '../domain/errors.ts';
import { isOwnName } from '../domain/own-names.ts';
import type { ActRequest, SelfIdentity } from '../ports.ts';

/**
 * The last look before a session is asked for: a plan whose rights reach Cordon's own account, roles, functions or hosts, or an identity that AWS keeps for itself, is
 * not run, whatever the action had planned. Throws CordonError `self_protected`.
 */
export function refuseSelf(request: Pick<ActRequest, 'accountId' | 'statements'>, self: SelfIdentity): void {
  if (request.accountId === self.accountId) throw refusal(`its account ${self.accountId}`);
  const resources = request.statements.flatMap((statement) => statement.resources);
  const own = resources.find((resource) => isOwn(resource, self));
  if (own !== undefined) throw refusal(own);
}

function refusal(what: string): CordonError {
  return new CordonError('self_protected', `The plan would change Cordon itself, or what AWS keeps (${what}).`, {
    hint: "Nothing was sent. Change Cordon's own account, roles and hosts by hand.",
  });
}

/** Of an ARN, or a pattern of ARNs. The partition does not count, nor the path before a name, nor what stands behind it: a session's name, an alias. */
function isOwn(arn: string, self: SelfIdentity): boolean {
  const [, , service, , account, ...rest] = arn.split(':');
  if (account === self.accountId) return true;
  const [kind = '', ...names] = rest.join(':').split(/[/:]/);
  switch (service) {
    case 'iam':
    case 'sts':
      return kind.includes('*') || names.some((name) => isOwnName(name, self.roleNames) || isOfAws(name));
    case 'lambda':
      return kind.includes('*') || (kind === 'function' && isOwnName(names[0] ?? '', []));
    case 'ec2':
      return kind === 'instance' && self.instanceIds.some((id) => couldBe(names[0] ?? '', id));
    default:
      return false;
  }
}

/** Paths and names of roles that Identity Center and AWS services keep. */
function isOfAws(name: string): boolean {
  return name.startsWith('AWSReservedSSO_') || name === 'aws-reserved' || name === 'aws-service-role';
}

function couldBe(pattern: string, id: string): boolean {
  const wildcard = pattern.search(/[*?]/);
  return wildcard < 0 ? pattern.toLowerCase() === id : id.startsWith(pattern.slice(0, wildcard).toLowerCase());
}
