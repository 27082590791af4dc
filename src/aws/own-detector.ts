import { GuardDutyClient, ListDetectorsCommand } from '@aws-sdk/client-guardduty';
import type { FindingsRole } from './findings-role.ts';

/** The security account's own detector in a Region, under which its members' findings are read and archived too; undefined where GuardDuty is not enabled. */
export async function ownDetector(role: FindingsRole, region: string): Promise<string | undefined> {
  const { DetectorIds = [] } = await role.send({ service: 'guardduty', operation: 'ListDetectors', region }, (config) =>
    new GuardDutyClient(config).send(new ListDetectorsCommand({})),
  );
  return DetectorIds[0];
}
