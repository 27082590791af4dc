import type { Entities, Resource } from '../domain/finding.ts';
import { identifier, principal } from './entities.ts';
import { at, listAt, tagsAt, textAt } from './raw.ts';

/**
 * The sequence of an attack-sequence finding: GuardDuty puts its actors, endpoints and resources there and nowhere else; Security Hub keeps the first
 * ten actors and endpoints. https://docs.aws.amazon.com/guardduty/latest/APIReference/API_Sequence.html
 */

/** GuardDuty's resource types of a sequence and ASFF's; the others are `Other`. */
const TYPES: Readonly<Record<string, string>> = {
  ACCESS_KEY: 'AwsIamAccessKey',
  AUTOSCALING_AUTO_SCALING_GROUP: 'AwsAutoScalingAutoScalingGroup',
  CLOUDFORMATION_STACK: 'AwsCloudFormationStack',
  CONTAINER: 'Container',
  EC2_IMAGE: 'AwsEc2Image',
  EC2_INSTANCE: 'AwsEc2Instance',
  EC2_LAUNCH_TEMPLATE: 'AwsEc2LaunchTemplate',
  EC2_NETWORK_INTERFACE: 'AwsEc2NetworkInterface',
  EC2_VPC: 'AwsEc2Vpc',
  ECS_CLUSTER: 'AwsEcsCluster',
  ECS_TASK: 'AwsEcsTask',
  EKS_CLUSTER: 'AwsEksCluster',
  IAM_INSTANCE_PROFILE: 'AwsIamInstanceProfile',
  S3_BUCKET: 'AwsS3Bucket',
  S3_OBJECT: 'AwsS3Object',
};

/** Of up to 400 resources, as many as a finding keeps. */
const KEPT = 100;

interface Place {
  readonly accountId: string;
  readonly region: string;
  readonly partition: string;
}

/** The resources of `service.detection.sequence`. */
export function sequenceResources(sequence: unknown, place: Place): readonly Resource[] {
  return listAt(sequence, 'Resources')
    .slice(0, KEPT)
    .flatMap((resource) => {
      const type = typeOf(textAt(resource, ['ResourceType'], 64));
      const uid = textAt(resource, ['Uid'], 2048) ?? textAt(resource, ['Name'], 512);
      const region = textAt(resource, ['Region'], 40) ?? place.region;
      const tags = tagsAt(resource, 'Tags');
      return uid === undefined ? [] : [{ type, id: withArn(type, uid, place), region, ...(tags && { tags }) }];
    });
}

/** Whom GuardDuty names as the owners of those resources, to be checked like the resources themselves. */
export function sequenceOwners(sequence: unknown, accountId: string): readonly Resource[] {
  return listAt(sequence, 'Resources')
    .slice(0, KEPT)
    .map((resource) => ({
      type: 'AwsAccount',
      id: `AWS::::Account:${textAt(resource, ['AccountId'], 40) ?? accountId}`,
    }));
}

function typeOf(text: string | undefined): string {
  const name = text?.toUpperCase() ?? '';
  return (Object.hasOwn(TYPES, name) ? TYPES[name] : undefined) ?? 'Other';
}

function withArn(type: string, uid: string, place: Place): string {
  return type === 'AwsEc2Instance' && identifier('instance', uid) !== undefined
    ? `arn:${place.partition}:ec2:${place.region}:${place.accountId}:instance/${uid}`
    : uid;
}

/** Who acted, with which credentials, and from where: the first of each that is well-formed. */
export function sequenceEntities(sequence: unknown): Entities {
  const endpoints = listAt(sequence, 'Endpoints').slice(0, KEPT);
  const first = (kind: 'ip' | 'domain', name: string) =>
    endpoints
      .map((endpoint) => identifier(kind, textAt(endpoint, [name])))
      .find((text): text is string => text !== undefined);
  const [address, domain] = [first('ip', 'Ip'), first('domain', 'Domain')];
  return {
    ...actorOf(sequence),
    ...(address && { ip: { address } }),
    ...(domain && { domain: { name: domain } }),
  };
}

/** An actor may be a process without a user. The key's user is what the finding says; the plan asks IAM whose key it is. */
function actorOf(sequence: unknown): Entities {
  const users = listAt(sequence, 'Actors')
    .slice(0, KEPT)
    .map((actor) => at(actor, 'User'));
  const user = users.find((one) => textAt(one, ['Name']) !== undefined);
  const name = textAt(user, ['Name']);
  const userName = identifier('iamName', name);
  const key = identifier('accessKey', textAt(user, ['CredentialUid']));
  return {
    ...principal({ type: textAt(user, ['Type']), name, id: textAt(user, ['Uid']) }),
    ...(key && { accessKey: { id: key, ...(userName && { userName }) } }),
  };
}
