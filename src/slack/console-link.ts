import type { RichTextLink } from '@slack/types';
import type { Finding } from '../domain/finding.ts';

/** The console of each partition: https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html */
const CONSOLE_HOSTS: Readonly<Record<string, string>> = {
  aws: 'console.aws.amazon.com',
  'aws-cn': 'console.amazonaws.cn',
  'aws-us-gov': 'console.amazonaws-us-gov.com',
};

/**
 * A link to the finding in its console, as a rich-text element, so that nothing in it is read as markup. Every part that came from
 * outside is checked by pattern or percent-encoded; undefined when the partition's console or the Region's form is not known.
 */
export function findingLink(finding: Finding): RichTextLink | undefined {
  const host = CONSOLE_HOSTS[finding.partition];
  if (host === undefined || !/^[a-z]{2}(-[a-z]+)+-\d$/.test(finding.region)) return undefined;
  const base = `https://${finding.region}.${host}`;
  if (finding.writeBack.guardDuty !== undefined) {
    const id = encodeURIComponent(finding.writeBack.guardDuty.findingId.slice(0, 200));
    return link(
      `${base}/guardduty/home?region=${finding.region}#/findings?macros=current&fId=${id}`,
      'Open in GuardDuty',
    );
  }
  if (finding.writeBack.securityHub !== undefined) {
    const id = encodeURIComponent(finding.writeBack.securityHub.id.slice(0, 500));
    return link(
      `${base}/securityhub/home?region=${finding.region}#/findings?search=${encodeURIComponent(`Id=${id}`)}`,
      'Open in Security Hub',
    );
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
