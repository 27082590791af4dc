import { expect, test } from 'vitest';
import { z } from 'zod';
import { HOME_REGION } from '../../../sandbox/world.ts';
import { ACTIONS } from '../../../src/actions/registry.generated.ts';
import { registryOf } from '../../../src/actions/registry.ts';
import { ENABLED_REGIONS } from '../../../src/aws/member-regions.ts';
import { OWN_READS } from '../../../src/aws/own-reads.ts';
import { renderTemplates } from '../../../src/aws/templates.ts';
import type { AwsCall } from '../../../src/domain/plan.ts';
import { openSandbox } from '../../support/contract/sandbox.ts';

const ACCOUNT = '333333333331';
const Template = z.record(z.string(), z.json());

/** The member template, with or without the statements of what Cordon reads for itself. */
function template(withOwn: boolean): z.infer<typeof Template> {
  const text = JSON.stringify(renderTemplates(registryOf(ACTIONS)).memberRole, (_key, value: unknown) =>
    Array.isArray(value) && !withOwn
      ? value.filter((item) => !/^\{"Sid":"CordonRead\d+"/.test(JSON.stringify(item)))
      : value,
  );
  return Template.parse(JSON.parse(text));
}

const CHANGES: AwsCall = { service: 'cloudtrail', operation: 'LookupEvents', input: { MaxResults: 1 } };

async function ask(withOwn: boolean, call: AwsCall): Promise<unknown> {
  const sandbox = await openSandbox(template(withOwn));
  try {
    return await (await sandbox.sessions.read(ACCOUNT, HOME_REGION)).send(call);
  } finally {
    await sandbox.close();
  }
}

test('what Cordon reads for itself needs its statement, and there is no other such read', async () => {
  expect(OWN_READS.flatMap((read) => read.actions)).toEqual(['ec2:DescribeRegions', 'cloudtrail:LookupEvents']);
  expect(JSON.stringify(await ask(true, ENABLED_REGIONS))).toContain(HOME_REGION);
  await expect(ask(false, ENABLED_REGIONS)).rejects.toMatchObject({ awsCode: 'UnauthorizedOperation' });
  expect(await ask(true, CHANGES)).toHaveProperty('Events');
  await expect(ask(false, CHANGES)).rejects.toMatchObject({ awsCode: 'AccessDenied' });
});
