import { describe, expect, it } from 'vitest';
import type { Finding } from '../../../src/domain/finding.ts';
import { correlationKey } from '../../../src/flow/correlate.ts';
import type { MatchResult } from '../../../src/playbooks/match.ts';
import { testPlaybook } from '../../support/flow-world.ts';

const finding: Finding = {
  key: 'k',
  source: 'guardduty',
  shape: 'guardduty',
  kind: 'threat',
  id: 'f',
  type: 'Backdoor:EC2/C&CActivity.B!DNS',
  standards: [],
  requirements: [],
  title: '',
  description: '',
  accountId: '333333333331',
  region: 'eu-west-1',
  partition: 'aws',
  severity: 'high',
  rawSeverity: '8',
  state: 'active',
  count: 1,
  createdAt: '2026-11-01T00:00:00.000Z',
  updatedAt: '2026-11-01T00:00:00.000Z',
  resources: [{ type: 'AwsEc2Instance', id: 'arn:aws:ec2:eu-west-1:333333333331:instance/i-1' }],
  entities: { instance: { id: 'i-1' } },
  sample: false,
  writeBack: {},
};
const match: MatchResult = { primary: { playbook: testPlaybook(), rung: 'family', rule: '', why: '' }, seeAlso: [] };

describe('which incident a finding belongs to', () => {
  it('threat: account, playbook and the first entity that the playbook asks for', () => {
    expect(correlationKey(finding, match)).toBe('threat|333333333331|compute.command-and-control|instance:i-1');
  });

  it('threat without that entity: its first resource', () => {
    expect(correlationKey({ ...finding, entities: {} }, match)).toContain(
      '|arn:aws:ec2:eu-west-1:333333333331:instance/i-1',
    );
  });

  it('posture: the control in the account, whatever its case and whichever the resource', () => {
    const control: Finding = { ...finding, kind: 'posture', source: 'securityhub', control: 'Opensearch.1' };
    expect(correlationKey(control, match)).toBe('posture|333333333331|opensearch.1');
    expect(correlationKey({ ...control, control: 'OpenSearch.1', entities: {} }, match)).toBe(
      'posture|333333333331|opensearch.1',
    );
  });
});
