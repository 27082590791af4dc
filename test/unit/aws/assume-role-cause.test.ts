import { describe, expect, it } from 'vitest';
import { type Attempt, causeOf } from '../../../src/aws/assume-role-cause.ts';
import { AwsCallError } from '../../../src/domain/errors.ts';

const account = { id: '333333333331', alias: 'prod-payments', owners: [], regions: [], act: true, management: false };
const act: Attempt = { account, role: 'cordon-remediate', region: 'eu-west-1', purpose: 'act', presence: undefined };
const read: Attempt = { ...act, role: 'cordon-read', purpose: 'read' };
const denied = (message: string) => new AwsCallError('AccessDenied', message, { hint: '', status: 403 });
const plain = 'User: arn is not authorized to perform: sts:AssumeRole on resource: arn';

describe('causeOf', () => {
  it.each([
    ['scp', denied(`${plain} with an explicit deny in a service control policy`), act],
    ['trust', denied(`${plain} because no identity-based policy allows the sts:AssumeRole action`), act],
    ['trust', denied('User: arn is not authorized to perform: sts:TagSession on resource: arn'), act],
    ['scp', denied(`${plain} with an explicit deny in a resource control policy`), act],
    ['no-role', denied(plain), act],
    ['no-role', denied(plain), { ...read, presence: 'absent' }],
    ['no-role', denied(plain), { ...read, presence: 'complete' }],
    ['external-id', denied(plain), { ...read, presence: 'other-external-id' }],
    ['external-id', denied(plain), read],
    [
      'region-off',
      new AwsCallError('RegionDisabled', 'STS is not activated in this region', { hint: '', status: 403 }),
      act,
    ],
    ['suspended', denied('The account is suspended'), act],
    ['throttled', new AwsCallError('Throttling', 'slow down', { hint: '', status: 400, retry: true }), act],
    ['unknown', new AwsCallError('TimeoutError', 'no answer', { hint: '', retry: true, ambiguous: true }), act],
  ] satisfies [string, AwsCallError, Attempt][])('finds %s', (state, error, attempt) => {
    expect(causeOf(error, attempt).state).toBe(state);
  });

  it('names the account with its alias and what to deploy', () => {
    const cause = causeOf(denied(plain), read);
    expect(cause.detail).toContain('prod-payments (333333333331)');
    expect(cause.detail).toMatch(/ExternalId.*never deployed.*trust policy/);
    expect(cause.hint).toBe(
      'Deploy infra/member-role.json to prod-payments (333333333331) with ExternalId shown by `npm run -s cordon -- accounts`.',
    );
  });

  it('says together what AWS does not tell apart, the likelier first', () => {
    const { detail } = causeOf(denied(plain), { ...read, presence: 'absent' });
    expect(detail).toMatch(/most likely .* never deployed.*another hub role.*suspended.*alike/);
  });
});
