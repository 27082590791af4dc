import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { sessionPolicy } from '../../../src/aws/session-policy.ts';

const List = z.union([z.string().transform((one) => [one]), z.array(z.string())]);
const Policy = z.object({
  Version: z.literal('2012-10-17'),
  Statement: z.array(
    z.object({ Effect: z.literal('Allow'), Action: List, Resource: List, Condition: z.unknown().optional() }),
  ),
});
const parsed = (text: string) => Policy.parse(JSON.parse(text)).Statement;

describe('sessionPolicy', () => {
  it('pins every regional statement to the Region, and IAM to none', () => {
    const [ec2, iam] = parsed(
      sessionPolicy(
        [
          { actions: ['ec2:CreateTags'], resources: ['a'], condition: { StringEquals: { 'ec2:CreateAction': 'X' } } },
          { actions: ['iam:UpdateAccessKey'], resources: ['b'] },
        ],
        'eu-west-1',
      ),
    );
    expect(ec2?.Condition).toEqual({ StringEquals: { 'ec2:CreateAction': 'X', 'aws:RequestedRegion': 'eu-west-1' } });
    expect(iam?.Condition).toBeUndefined();
  });

  it('merges what grants the same together, and nothing else', () => {
    const statements = parsed(
      sessionPolicy(
        [
          { actions: ['ec2:A'], resources: ['one'] },
          { actions: ['ec2:B'], resources: ['one'] },
          { actions: ['ec2:C'], resources: ['one', 'two'] },
          { actions: ['ec2:C'], resources: ['three'] },
          { actions: ['ec2:C'], resources: ['four'], condition: { StringEquals: { k: 'v' } } },
        ],
        'eu-west-1',
      ),
    );
    const grants = statements.flatMap((it) =>
      it.Action.flatMap((action) =>
        it.Resource.map((on) => `${action} ${on} ${JSON.stringify(it.Condition).includes('"k"')}`),
      ),
    );
    expect(grants.sort()).toEqual([
      'ec2:A one false',
      'ec2:B one false',
      'ec2:C four true',
      'ec2:C one false',
      'ec2:C three false',
      'ec2:C two false',
    ]);
    expect(statements).toHaveLength(3);
  });

  it("does not let a merge grant one action on the other action's resource", () => {
    const statements = parsed(
      sessionPolicy(
        [
          { actions: ['ec2:A'], resources: ['one'] },
          { actions: ['ec2:B'], resources: ['two'] },
        ],
        'eu-west-1',
      ),
    );
    expect(statements.map((it) => [it.Action, it.Resource])).toEqual([
      [['ec2:A'], ['one']],
      [['ec2:B'], ['two']],
    ]);
  });

  it('refuses what AWS would not take', () => {
    const resources = Array.from(
      { length: 60 },
      (_, index) => `arn:aws:ec2:eu-west-1:333333333331:volume/vol-${index}`,
    );
    expect(() => sessionPolicy([{ actions: ['ec2:CreateSnapshots'], resources }], 'eu-west-1')).toThrow(/2048/);
  });
});
