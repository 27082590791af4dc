import { z } from 'zod';
import { HOME_REGION, QUEUE_NAME, SECURITY_ACCOUNT } from '../../world.ts';
import { deliverRaw } from '../events/deliver.ts';
import { publishGuardDuty } from '../events/publish.ts';
import { sampleFinding } from '../guardduty/samples.ts';
import { AccountId, defineScenario } from './scenario.ts';

/** Somebody presses "Generate sample findings" in the console. */
export const consoleSample = defineScenario({
  name: 'console-sample',
  summary: 'A [SAMPLE] finding from the GuardDuty console, about an instance that does not exist',
  overrides: z.strictObject({
    account: AccountId.default(SECURITY_ACCOUNT),
    region: z.string().default(HOME_REGION),
    type: z.string().default('Backdoor:EC2/DenialOfService.Tcp'),
  }),
  run(organization, { account, region, type }) {
    const finding = publishGuardDuty(organization, sampleFinding(organization, account, region, type));
    return { findings: [finding.arn], resource: 'i-99999999', account, region };
  },
});

/** A message that breaks off in the middle of an object. */
const BROKEN =
  '{"version":"0","id":"broken","detail-type":"GuardDuty Finding","source":"aws.guardduty","detail":{"schemaVersion":"2.0","accountId":';

/** Something in the queue that nobody can read. */
export const unreadable = defineScenario({
  name: 'unreadable',
  summary: 'A message in the findings queue that is not valid JSON',
  overrides: z.strictObject({}),
  run(organization) {
    deliverRaw(organization, BROKEN);
    return { findings: [BROKEN], resource: QUEUE_NAME, account: SECURITY_ACCOUNT, region: HOME_REGION };
  },
});
