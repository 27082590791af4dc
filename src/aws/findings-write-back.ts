import { ArchiveFindingsCommand, GuardDutyClient } from '@aws-sdk/client-guardduty';
import { BatchUpdateFindingsCommand, SecurityHubClient } from '@aws-sdk/client-securityhub';
import { AwsCallError } from '../domain/errors.ts';
import type { Finding } from '../domain/finding.ts';
import type { FindingsWriteBack } from '../ports.ts';
import type { FindingsRole } from './findings-role.ts';
import { ownDetector } from './own-detector.ts';

/** Security Hub keeps no more of a note. */
const NOTE_LIMIT = 512;
/** By this name Cordon knows its own updates when Security Hub sends them back as events. */
const UPDATED_BY = 'cordon';

type Update = Parameters<FindingsWriteBack['write']>[1];
type Written = Awaited<ReturnType<FindingsWriteBack['write']>>;
type HubKeys = NonNullable<Finding['writeBack']['securityHub']>;
type DutyKeys = NonNullable<Finding['writeBack']['guardDuty']>;

/** Status and notes of findings. Saying the same of a finding twice changes nothing, so a call may be sent again. */
export function findingsWriteBack(role: FindingsRole): FindingsWriteBack {
  return { write: (finding, update) => write(role, finding, update) };
}

/** Each product by itself: what one refuses is told as its failure; what may pass is thrown, and the whole is tried again. */
async function write(role: FindingsRole, finding: Finding, update: Update): Promise<Written> {
  const { guardDuty } = finding.writeBack;
  const securityHub = finding.writeBack.securityHub ?? (guardDuty && twinOf(finding, guardDuty));
  const written: string[] = [];
  const failed: { product: string; why: string }[] = [];
  const attempt = async (product: string, work: () => Promise<string | undefined>) => {
    const why = await work().catch(finalAnswer);
    if (why === undefined) written.push(product);
    else failed.push({ product, why });
  };
  if (securityHub) await attempt('Security Hub', () => updateHub(role, securityHub, update));
  if (guardDuty && update.status === 'RESOLVED') await attempt('GuardDuty', () => archive(role, guardDuty));
  return { written, failed };
}

function finalAnswer(error: unknown): string {
  if (error instanceof AwsCallError && !error.retry) return error.message;
  throw error;
}

/** Security Hub imports each GuardDuty finding under its ARN, which is all lower case as the finding's key is. */
function twinOf(finding: Finding, keys: DutyKeys): HubKeys {
  const productArn = `arn:${finding.partition}:securityhub:${keys.region}::product/aws/guardduty`;
  return { id: finding.key, productArn, region: keys.region };
}

/** Answers 200 with a list of what it did not do: a finding on that list was not updated. Undefined when all is well. */
async function updateHub(role: FindingsRole, keys: HubKeys, update: Update): Promise<string | undefined> {
  const command = new BatchUpdateFindingsCommand({
    FindingIdentifiers: [{ Id: keys.id, ProductArn: keys.productArn }],
    Note: { Text: update.note.slice(0, NOTE_LIMIT), UpdatedBy: UPDATED_BY },
    Workflow: { Status: update.status },
  });
  const { UnprocessedFindings = [] } = await role.send(
    { service: 'securityhub', operation: 'BatchUpdateFindings', region: keys.region },
    (config) => new SecurityHubClient(config).send(command),
  );
  return UnprocessedFindings.map(
    (it) => `${it.ErrorCode ?? 'unprocessed'}: ${it.ErrorMessage ?? 'no reason given'}`,
  )[0];
}

/** Only the administrator account may archive, under its own detector, whatever detector the finding came from. */
async function archive(role: FindingsRole, { region, findingId }: DutyKeys): Promise<string | undefined> {
  const DetectorId = await ownDetector(role, region);
  if (DetectorId === undefined) return `GuardDuty has no detector in ${region} of the security account`;
  const command = new ArchiveFindingsCommand({ DetectorId, FindingIds: [findingId] });
  await role.send({ service: 'guardduty', operation: 'ArchiveFindings', region }, (config) =>
    new GuardDutyClient(config).send(command),
  );
  return undefined;
}
