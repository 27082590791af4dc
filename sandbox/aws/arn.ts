/** ARNs of the simulated organisation, all in the partition `aws`. */

export function iamArn(account: string, kind: 'user' | 'role' | 'policy', path: string, name: string): string {
  return `arn:aws:iam::${account}:${kind}${path}${name}`;
}

export function sessionArn(account: string, roleName: string, sessionName: string): string {
  return `arn:aws:sts::${account}:assumed-role/${roleName}/${sessionName}`;
}

/** Snapshots and images have no account in their ARN. */
export function ec2Arn(region: string, account: string, type: string, id: string): string {
  return `arn:aws:ec2:${region}:${type === 'snapshot' ? '' : account}:${type}/${id}`;
}

export function rdsArn(
  region: string,
  account: string,
  type: 'db' | 'snapshot' | 'cluster-snapshot',
  id: string,
): string {
  return `arn:aws:rds:${region}:${account}:${type}:${id}`;
}

export function bucketArn(name: string): string {
  return `arn:aws:s3:::${name}`;
}

export function queueArn(region: string, account: string, name: string): string {
  return `arn:aws:sqs:${region}:${account}:${name}`;
}

export function trailArn(region: string, account: string, name: string): string {
  return `arn:aws:cloudtrail:${region}:${account}:trail/${name}`;
}

export function functionArn(region: string, account: string, name: string): string {
  return `arn:aws:lambda:${region}:${account}:function:${name}`;
}

export function detectorArn(region: string, account: string, detectorId: string): string {
  return `arn:aws:guardduty:${region}:${account}:detector/${detectorId}`;
}

export function hubArn(region: string, account: string): string {
  return `arn:aws:securityhub:${region}:${account}:hub/default`;
}
