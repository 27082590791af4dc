/** The parts of an ARN. `account` is absent where the service leaves it out (S3 buckets) and `aws` for what AWS owns. */
export interface Arn {
  readonly partition: string;
  readonly service: string;
  readonly region: string;
  readonly account: string;
  readonly resource: string;
}

/**
 * Parses an ARN; undefined when it is none. An empty field after the partition (`arn:aws::guardduty:...`, printed in AWS's own user guide) is
 * taken out, so that such an id still equals the well-formed one.
 */
export function parseArn(text: string): Arn | undefined {
  const found = /^arn:(aws[a-z-]*)::?([a-z0-9-]+):([a-z0-9-]*):([a-z0-9]*):(\S.{0,1500})$/s.exec(text);
  if (found === null) return undefined;
  const [, partition = '', service = '', region = '', account = '', resource = ''] = found;
  return { partition, service, region, account, resource };
}

export function formatArn(arn: Arn): string {
  return `arn:${arn.partition}:${arn.service}:${arn.region}:${arn.account}:${arn.resource}`;
}

/** What stands after the last `/` or `:`, e.g. the instance id of an instance's ARN. */
export function lastPart(id: string): string {
  return id.slice(Math.max(id.lastIndexOf('/'), id.lastIndexOf(':')) + 1);
}

/** The account that an id names: that of an ARN, or of `AWS::::Account:123456789012`, or the bare number; undefined when it names none. */
export function accountOf(id: string): string | undefined {
  const account = parseArn(id)?.account ?? /^\d{12}$/.exec(id)?.[0] ?? /^AWS::::Account:(\d+)$/.exec(id)?.[1] ?? '';
  return /^\d{12}$/.test(account) ? account : undefined;
}
