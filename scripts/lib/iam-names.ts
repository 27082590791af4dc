/** Operations whose IAM action has another name than the API, https://docs.aws.amazon.com/service-authorization/latest/reference/ */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  's3:GetPublicAccessBlock': 's3:GetBucketPublicAccessBlock',
  's3:PutPublicAccessBlock': 's3:PutBucketPublicAccessBlock',
  's3:DeletePublicAccessBlock': 's3:PutBucketPublicAccessBlock',
};

/** The IAM action of an API operation, such as `ec2:DescribeInstances`. */
export function iamNameOf(service: string, operation: string): string {
  const name = `${service}:${operation}`;
  return OTHER_NAMES[name] ?? name;
}

/** The operations that an IAM action allows, as `service:Operation`; none for a permission that goes with other calls, such as iam:PassRole. */
export function operationsOfIam(action: string, commands: ReadonlyMap<string, ReadonlySet<string>>): readonly string[] {
  const others = Object.entries(OTHER_NAMES).flatMap(([operation, name]) => (name === action ? [operation] : []));
  const [service = '', name = ''] = action.split(':');
  return commands.get(service)?.has(name) ? [action, ...others] : others;
}
