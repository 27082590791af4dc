import { ArchiveFindingsCommand, GuardDutyClient, ListDetectorsCommand } from '@aws-sdk/client-guardduty';
import { BatchUpdateFindingsCommand, SecurityHubClient } from '@aws-sdk/client-securityhub';
import type { NodeHttpHandler } from '@smithy/node-http-handler';
import { AwsCallError } from '../domain/errors.ts';
import type { Finding } from '../domain/finding.ts';
import type { FindingsWriteBack, SettingsSource } from '../ports.ts';
import { openSts, type Session, type Sts } from './assume-role.ts';
import { clientConfig } from './client.ts';
import type { Credentials } from './credentials.ts';
import { toAwsCallError } from './errors.ts';
import { checkEndpoint, openHttp } from './http.ts';
import { SessionCache } from './session-cache.ts';

/** Security Hub keeps no more of a note. */
const NOTE_LIMIT = 512;
/** By this name Cordon knows its own updates when Security Hub sends them back as events. */
const UPDATED_BY = 'cordon';
const SESSION_NAME = 'cordon-findings';

export interface WriteBackOptions {
  readonly settings: SettingsSource;
  readonly hubRegion: string;
  readonly endpoint?: string | undefined;
  readonly credentials?: Credentials | undefined;
  readonly http?: NodeHttpHandler | undefined;
}

type Update = Parameters<FindingsWriteBack['write']>[1];
type Written = Awaited<ReturnType<FindingsWriteBack['write']>>;
type HubKeys = NonNullable<Finding['writeBack']['securityHub']>;
type DutyKeys = NonNullable<Finding['writeBack']['guardDuty']>;

interface Bench {
  readonly options: WriteBackOptions;
  readonly sts: Sts;
  readonly http: NodeHttpHandler;
  readonly cache: SessionCache<Session>;
}

/** Status and notes of findings, through a role of its own that reaches nothing else. */
export function openFindingsWriteBack(
  options: WriteBackOptions,
): FindingsWriteBack & { check(): Promise<string>; close(): void } {
  checkEndpoint(options.endpoint);
  const http = options.http ?? openHttp();
  const sts = openSts({
    region: options.hubRegion,
    http,
    endpoint: options.endpoint,
    credentials: options.credentials,
  });
  const bench: Bench = { options, sts, http, cache: new SessionCache({ limit: 4, now: Date.now }) };
  return {
    write: (finding, update) => write(bench, finding, update),
    /** Assumes the role and nothing else; for `doctor`. */
    async check() {
      await config(bench, options.hubRegion);
      return `assumed in ${options.hubRegion}`;
    },
    close: () => {
      if (options.http === undefined) http.destroy();
    },
  };
}

/** Each product by itself: what one refuses is told as its failure; what may pass is thrown, and the whole is tried again. */
async function write(bench: Bench, finding: Finding, update: Update): Promise<Written> {
  const { guardDuty } = finding.writeBack;
  const securityHub = finding.writeBack.securityHub ?? (guardDuty && twinOf(finding, guardDuty));
  const written: string[] = [];
  const failed: { product: string; why: string }[] = [];
  const attempt = async (product: string, work: () => Promise<string | undefined>) => {
    const why = await work().catch(finalAnswer);
    if (why === undefined) written.push(product);
    else failed.push({ product, why });
  };
  if (securityHub) await attempt('Security Hub', () => updateHub(bench, securityHub, update));
  if (guardDuty && update.status === 'RESOLVED') await attempt('GuardDuty', () => archive(bench, guardDuty));
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
async function updateHub(bench: Bench, keys: HubKeys, update: Update): Promise<string | undefined> {
  const client = new SecurityHubClient(await config(bench, keys.region));
  const command = new BatchUpdateFindingsCommand({
    FindingIdentifiers: [{ Id: keys.id, ProductArn: keys.productArn }],
    Note: { Text: update.note.slice(0, NOTE_LIMIT), UpdatedBy: UPDATED_BY },
    Workflow: { Status: update.status },
  });
  try {
    const { UnprocessedFindings = [] } = await client.send(command);
    return UnprocessedFindings.map(
      (it) => `${it.ErrorCode ?? 'unprocessed'}: ${it.ErrorMessage ?? 'no reason given'}`,
    )[0];
  } catch (error) {
    throw toAwsCallError(error, { service: 'securityhub', operation: 'BatchUpdateFindings' });
  }
}

/** Only the administrator account may archive, under its own detector, whatever detector the finding came from. */
async function archive(bench: Bench, keys: DutyKeys): Promise<string | undefined> {
  const client = new GuardDutyClient(await config(bench, keys.region));
  try {
    const { DetectorIds = [] } = await client.send(new ListDetectorsCommand({}));
    const [DetectorId] = DetectorIds;
    if (DetectorId === undefined) return `GuardDuty has no detector in ${keys.region} of the security account`;
    await client.send(new ArchiveFindingsCommand({ DetectorId, FindingIds: [keys.findingId] }));
    return undefined;
  } catch (error) {
    throw toAwsCallError(error, { service: 'guardduty', operation: 'ArchiveFindings' });
  }
}

async function config(bench: Bench, region: string) {
  const { aws } = await bench.options.settings.current();
  const roleArn = `arn:${aws.partition}:iam::${aws.securityAccount}:role/${aws.findingsRole}`;
  const session = await bench.cache.get(roleArn, () =>
    bench.sts.assume({
      RoleArn: roleArn,
      RoleSessionName: SESSION_NAME,
      SourceIdentity: SESSION_NAME,
      DurationSeconds: 3_600,
    }),
  );
  const { endpoint } = bench.options;
  // The SDK's three attempts are right here: saying the same of a finding twice changes nothing.
  return clientConfig({ region, http: bench.http, kind: 'reads', credentials: session.credentials, endpoint });
}
