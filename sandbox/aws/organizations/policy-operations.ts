import { z } from 'zod';
import { MANAGEMENT_ACCOUNT, ORGANIZATION_ID } from '../../world.ts';
import { AwsError } from '../errors.ts';
import { parsePolicy } from '../iam/policy.ts';
import { type Call, defineOperation } from '../operation.ts';
import type { OrganizationAccount, OrganizationalUnit, Tag } from '../state/kinds.ts';
import { assertMayChange, oneAtATime } from './access.ts';

/** A root, unit or account has at most five of a type. */
const MAX_ATTACHED = 5;

const PolicyId = z.string().regex(/^p-[0-9a-zA-Z_]{8,128}$/);

function change<T>(call: Call, work: () => T): Promise<T> {
  return oneAtATime(call, () => {
    assertMayChange(call);
    return work();
  });
}

const createPolicy = defineOperation({
  name: 'CreatePolicy',
  write: true,
  input: z.strictObject({
    Content: z.string().min(1),
    Description: z.string().max(512),
    Name: z.string().min(1).max(128),
    Type: z.enum(['SERVICE_CONTROL_POLICY', 'RESOURCE_CONTROL_POLICY']),
  }),
  needs: () => [{ action: 'organizations:CreatePolicy', resource: '*' }],
  run: (input, call) =>
    change(call, () => {
      const parsed = parsePolicy(input.Content);
      if (!parsed.ok) throw new AwsError('MalformedPolicyDocumentException', parsed.problem);
      const policies = call.state.table('organization-policies', MANAGEMENT_ACCOUNT);
      const Id = `p-${String(policies.list().length).padStart(8, '0')}`;
      policies.put(Id, { Id, Name: input.Name, Type: input.Type, Content: parsed.policy });
      const Arn = `arn:aws:organizations::${MANAGEMENT_ACCOUNT}:policy/${ORGANIZATION_ID}/${input.Type.toLowerCase()}/${Id}`;
      const summary = {
        Id,
        Arn,
        Name: input.Name,
        Type: input.Type,
        Description: input.Description,
        AwsManaged: false,
      };
      return { Policy: { PolicySummary: summary, Content: input.Content } };
    }),
});

const Attachment = z.strictObject({ PolicyId, TargetId: z.string().min(1) });

function withPolicies(call: Call, target: string, next: (attached: readonly string[]) => readonly string[]): void {
  const accounts = call.state.table('organization-accounts', MANAGEMENT_ACCOUNT);
  const account: OrganizationAccount | undefined = accounts.get(target);
  if (account) {
    accounts.put(target, { ...account, Policies: next(account.Policies) });
    return;
  }
  const units = call.state.table('organizational-units', MANAGEMENT_ACCOUNT);
  const unit: OrganizationalUnit | undefined = units.get(target);
  if (!unit)
    throw new AwsError(
      'TargetNotFoundException',
      "We can't find a root, OU, account, or policy with the TargetId that you specified.",
    );
  units.put(target, { ...unit, Policies: next(unit.Policies) });
}

const attachPolicy = defineOperation({
  name: 'AttachPolicy',
  write: true,
  input: Attachment,
  needs: () => [{ action: 'organizations:AttachPolicy', resource: '*' }],
  run: (input, call) =>
    change(call, () => {
      const policies = call.state.table('organization-policies', MANAGEMENT_ACCOUNT);
      const policy = policies.get(input.PolicyId);
      if (!policy)
        throw new AwsError('PolicyNotFoundException', "We can't find a policy with the PolicyId that you specified.");
      withPolicies(call, input.TargetId, (attached) => {
        if (attached.includes(policy.Id))
          throw new AwsError(
            'DuplicatePolicyAttachmentException',
            'The selected policy is already attached to the specified target.',
          );
        if (attached.filter((id) => policies.get(id)?.Type === policy.Type).length >= MAX_ATTACHED)
          throw new AwsError(
            'ConstraintViolationException',
            'You have exceeded the number of policies attached to an entity.',
          );
        return [...attached, policy.Id];
      });
      return {};
    }),
});

const detachPolicy = defineOperation({
  name: 'DetachPolicy',
  write: true,
  input: Attachment,
  needs: () => [{ action: 'organizations:DetachPolicy', resource: '*' }],
  run: (input, call) =>
    change(call, () => {
      withPolicies(call, input.TargetId, (attached) => {
        if (!attached.includes(input.PolicyId))
          throw new AwsError(
            'PolicyNotAttachedException',
            "The policy isn't attached to the specified target in the specified root.",
          );
        return attached.filter((id) => id !== input.PolicyId);
      });
      return {};
    }),
});

const tagResource = defineOperation({
  name: 'TagResource',
  write: true,
  input: z.strictObject({
    ResourceId: z.string().regex(/^\d{12}$/),
    Tags: z.array(z.strictObject({ Key: z.string().min(1).max(128), Value: z.string().max(256) })).max(50),
  }),
  needs: () => [{ action: 'organizations:TagResource', resource: '*' }],
  run: (input, call) =>
    change(call, () => {
      const accounts = call.state.table('organization-accounts', MANAGEMENT_ACCOUNT);
      const row = accounts.get(input.ResourceId);
      if (!row) throw new AwsError('TargetNotFoundException', "You specified a target that doesn't exist.");
      const kept: readonly Tag[] = row.Tags.filter(({ Key }) => !input.Tags.some((tag) => tag.Key === Key));
      accounts.put(row.Id, { ...row, Tags: [...kept, ...input.Tags] });
      return {};
    }),
});

export const policyOperations = [createPolicy, attachPolicy, detachPolicy, tagResource];
