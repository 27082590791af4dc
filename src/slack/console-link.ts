import type { RichTextLink } from '@slack/types';
import type { Finding } from '../domain/finding.ts';
import type { Plan } from '../domain/plan.ts';

/**
 * The console of each partition: https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html, and for the European
 * Sovereign Cloud https://docs.aws.eu (endpoints).
 */
const CONSOLE_HOSTS: Readonly<Record<string, string>> = {
  aws: 'console.aws.amazon.com',
  'aws-cn': 'console.amazonaws.cn',
  'aws-us-gov': 'console.amazonaws-us-gov.com',
  'aws-eusc': 'console.amazonaws-eusc.eu',
};

/** `https://eu-west-1.console.aws.amazon.com`; undefined when the partition's console or the Region's form is not known. */
function consoleOf(partition: string, region: string): string | undefined {
  const host = Object.hasOwn(CONSOLE_HOSTS, partition) ? CONSOLE_HOSTS[partition] : undefined;
  return host === undefined || !/^[a-z]{2,4}(-[a-z]+)+-\d$/.test(region) ? undefined : `https://${region}.${host}`;
}

/**
 * A link to the finding in its console, as a rich-text element, so that nothing in it is read as markup. Every part that came from
 * outside is checked by pattern or percent-encoded.
 */
export function findingLink(finding: Finding): RichTextLink | undefined {
  const { region } = finding;
  const base = consoleOf(finding.partition, region);
  if (base === undefined) return undefined;
  if (finding.writeBack.guardDuty !== undefined) {
    const id = encodeURIComponent(finding.writeBack.guardDuty.findingId.slice(0, 200));
    return link(`${base}/guardduty/home?region=${region}#/findings?macros=current&fId=${id}`, 'Open in GuardDuty');
  }
  if (finding.writeBack.securityHub !== undefined) {
    const id = encodeURIComponent(finding.writeBack.securityHub.id.slice(0, 500));
    const search = encodeURIComponent(`Id=${id}`);
    return link(`${base}/securityhub/home?region=${region}#/findings?search=${search}`, 'Open in Security Hub');
  }
  return undefined;
}

/** What of a resource a link can be made from. */
type Resource = Pick<Plan['target'], 'type' | 'id'> & { readonly arn?: string };

/** Where a kind of resource is shown: from its id or its ARN, the path behind the console's host. Only what the pattern takes gets into a link. */
interface Page {
  readonly from: 'id' | 'arn';
  readonly pattern: RegExp;
  path(name: string, region: string): string;
}

const PAGES: Readonly<Record<string, readonly Page[]>> = {
  AwsEc2Instance: [ec2(/^(?:arn:.*:instance\/)?(i-[0-9a-f]{8,17})$/, 'InstanceDetails:instanceId=')],
  AwsEc2SecurityGroup: [ec2(/^(?:arn:.*:security-group\/)?(sg-[0-9a-f]{8,17})$/, 'SecurityGroup:groupId=')],
  AwsEc2Snapshot: [ec2(/^(?:arn:.*:snapshot\/)?(snap-[0-9a-f]{8,17})$/, 'SnapshotDetails:snapshotId=')],
  AwsEc2Volume: [ec2(/^(?:arn:.*:volume\/)?(vol-[0-9a-f]{8,17})$/, 'VolumeDetails:volumeId=')],
  AwsS3Bucket: [
    {
      from: 'id',
      pattern: /^(?:arn:[a-z-]+:s3:::)?([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])$/,
      path: (name, region) => `/s3/buckets/${name}?region=${region}`,
    },
  ],
  AwsIamUser: [iam('user', 'users')],
  AwsIamRole: [iam('role', 'roles')],
  // A key is shown on the page of the user or role that holds it.
  AwsIamAccessKey: [iam('user', 'users'), iam('role', 'roles')],
  AwsLambdaFunction: [
    {
      from: 'id',
      pattern: /^(?:arn:[a-z-]+:lambda:[a-z0-9-]+:\d{12}:function:)?([A-Za-z0-9_-]{1,64})$/,
      path: (name, region) => `/lambda/home?region=${region}#/functions/${name}`,
    },
  ],
  AwsRdsDbInstance: [
    {
      from: 'id',
      pattern: /^(?:arn:[a-z-]+:rds:[a-z0-9-]+:\d{12}:db:)?([A-Za-z][A-Za-z0-9-]{0,62})$/,
      path: (name, region) => `/rds/home?region=${region}#database:id=${name}`,
    },
  ],
};

function ec2(pattern: RegExp, page: string): Page {
  return { from: 'id', pattern, path: (id, region) => `/ec2/home?region=${region}#${page}${id}` };
}

function iam(kind: 'user' | 'role', page: 'users' | 'roles'): Page {
  return {
    from: 'arn',
    pattern: new RegExp(`^arn:[a-z-]+:iam::\\d{12}:${kind}/(?:[\\w+=,.@/-]*/)?([\\w+=,.@-]{1,64})$`),
    path: (name) => `/iam/home#/${page}/details/${encodeURIComponent(name)}`,
  };
}

/**
 * A link to the resource in the console of its partition and Region; undefined when this version knows no page for its type, or when its id has not the
 * form of one. Opening it needs a session in that account: the link carries no right.
 */
export function resourceLink(resource: Resource, partition: string, region: string): RichTextLink | undefined {
  const base = consoleOf(partition, region);
  const pages = Object.hasOwn(PAGES, resource.type) ? PAGES[resource.type] : undefined;
  if (base === undefined || pages === undefined) return undefined;
  for (const { from, pattern, path } of pages) {
    const name = pattern.exec(from === 'id' ? resource.id : (resource.arn ?? resource.id))?.[1];
    if (name !== undefined) return link(`${base}${path(name, region)}`, 'Open in the AWS console');
  }
  return undefined;
}

function link(url: string, text: string): RichTextLink {
  return { type: 'link', url: percentEncode(url), text };
}

/** What encodeURIComponent leaves alone but Slack or a reader of the raw message could take as the end of a link. */
function percentEncode(url: string): string {
  return url.replace(/[<>|'"`\s\\]/g, (character) => encodeURIComponent(character).replace(/'/g, '%27'));
}
