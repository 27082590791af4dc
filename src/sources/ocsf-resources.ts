import type { Entities, Resource } from '../domain/finding.ts';
import { lastPart, parseArn } from './arn.ts';
import { fromResources, identifier, principal } from './entities.ts';
import { at, listAt, type RawObject, tagsAt, textAt } from './raw.ts';

interface Place {
  readonly accountId: string;
  readonly region: string;
  readonly partition: string;
}

/** `resources[]`, or `resource` as third parties still write it; the account stands in when there is none. */
export function listedResources(raw: RawObject): readonly unknown[] {
  const listed = listAt(raw, 'resources');
  return (listed.length > 0 ? listed : listAt(raw, 'resource')).slice(0, 100);
}

/** The resources with ASFF's types, each by its ARN where one is known. */
export function ocsfResources(raw: RawObject, place: Place): readonly Resource[] {
  const found = listedResources(raw).flatMap((resource) => {
    const type = asffType(textAt(resource, ['type'], 128));
    const id = idOf(resource, type, place);
    const region = textAt(resource, ['region'], 40);
    const tags = tagsAt(resource, 'tags');
    return id === undefined ? [] : [{ type, id, ...(region && { region }), ...(tags && { tags }) }];
  });
  return found.length > 0
    ? found
    : [{ type: 'AwsAccount', id: `AWS::::Account:${place.accountId}`, region: place.region }];
}

/**
 * `AWS::EC2::Instance` is ASFF's `AwsEc2Instance`, `AWS::RDS::DBInstance` is `AwsRdsDbInstance`: only the first letter of an abbreviation stays large.
 * What is written in ASFF's way already stays as it is.
 */
export function asffType(text: string | undefined): string {
  const [vendor, service, name, ...rest] = (text ?? 'Other').split('::');
  if (vendor !== 'AWS' || service === undefined || rest.length > 0) return text ?? 'Other';
  if (service === 'Container') return 'Container';
  const words = `${service}${name ?? ''}` === 'Account' ? ['Account'] : [service, name ?? ''];
  return `Aws${words.map((word) => word.replace(/[A-Z]+(?=[A-Z][a-z]|\d|$)/g, capitalised)).join('')}`;
}

function capitalised(letters: string): string {
  return letters.charAt(0) + letters.slice(1).toLowerCase();
}

/** `uid` may be an ARN, `i-...`, a queue's URL or an id of IAM; `uid_alt` may hold the ARN. */
function idOf(resource: unknown, type: string, place: Place): string | undefined {
  const [uid, alternative] = [textAt(resource, ['uid'], 2048), textAt(resource, ['uid_alt'], 2048)];
  const arn = [uid, alternative].find((text) => text !== undefined && parseArn(text) !== undefined);
  const id = arn ?? uid ?? alternative ?? textAt(resource, ['name'], 2048);
  if (arn === undefined && type === 'AwsEc2Instance' && identifier('instance', id) !== undefined)
    return `arn:${place.partition}:ec2:${place.region}:${place.accountId}:instance/${id}`;
  return id;
}

/** Who owns each resource, to be checked like the resources themselves: an id such as `i-...` names no account. */
export function ownersOf(raw: RawObject, accountId: string): readonly Resource[] {
  return listedResources(raw).map((resource) => ({
    type: 'AwsAccount',
    id: `AWS::::Account:${textAt(resource, ['owner', 'account', 'uid'], 128) ?? accountId}`,
  }));
}

/** Entities of a GuardDuty or other finding in OCSF: by the resources' types, then out of their details, then the other end. */
export function ocsfEntities(raw: RawObject, resources: readonly Resource[]): Entities {
  const listed = listedResources(raw);
  return {
    ...network(listed),
    ...fromResources(resources),
    ...credentials(listed, resources),
    ...container(listed),
    ...remote(raw),
  };
}

/** The key's user is what the finding says; the plan asks IAM whose key it is. */
function credentials(listed: readonly unknown[], resources: readonly Resource[]): Entities {
  const key = listed.find((resource) => asffType(textAt(resource, ['type'])) === 'AwsIamAccessKey');
  if (key === undefined) return {};
  const data = at(key, 'data');
  const name = textAt(data, ['user_name']) ?? textAt(key, ['owner', 'name']);
  const userName = identifier('iamName', name);
  const id = fromResources(resources).accessKey?.id ?? identifier('accessKey', textAt(data, ['access_key_id']));
  return {
    ...principal({ type: textAt(data, ['user_type']), name, id: textAt(data, ['principal_id']) }),
    ...(id && { accessKey: { id, ...(userName && { userName }) } }),
  };
}

/** Where the first instance stands; details come under `data` or, since 1.6, under `device`. */
function network(listed: readonly unknown[]): Entities {
  const interfaces = listed.flatMap((resource) => [
    ...listAt(resource, 'data', 'network_interfaces'),
    ...listAt(resource, 'device', 'network_interfaces'),
  ]);
  const groups = interfaces.flatMap((one) => listAt(one, 'security_groups'));
  const first = (kind: 'vpc' | 'subnet' | 'securityGroup', from: readonly unknown[], keys: readonly string[]) =>
    from
      .flatMap((one) => keys.map((key) => identifier(kind, textAt(one, [key]))))
      .find((id): id is string => id !== undefined);
  const vpc = first('vpc', interfaces, ['vpc_id', 'vpc_uid']);
  const subnet = first('subnet', interfaces, ['subnet_id', 'subnet_uid']);
  const group = first('securityGroup', groups, ['group_id', 'uid']);
  return {
    ...(vpc && { vpc: { id: vpc } }),
    ...(subnet && { subnet: { id: subnet } }),
    ...(group && { securityGroup: { id: group } }),
  };
}

/** A container's uid is a digest; people know it by its name. */
function container(listed: readonly unknown[]): Entities {
  const found = listed.find((resource) => asffType(textAt(resource, ['type'])) === 'Container');
  if (found === undefined) return {};
  const name = identifier('container', lastPart(textAt(found, ['name'], 512) ?? ''));
  const image = identifier('image', textAt(found, ['device', 'container', 'image', 'name'], 512));
  return name === undefined ? {} : { container: { name, ...(image && { image }) } };
}

/** The other end of what was seen: the caller of an API, the far side of a connection (`direction_id` 1 is inbound), or the name asked for. */
function remote(raw: RawObject): Entities {
  let found: Entities = {};
  for (const evidence of listAt(raw, 'evidences').slice(0, 50)) {
    const outbound = at(evidence, 'connection_info', 'direction_id') === 2;
    const address = identifier('ip', textAt(evidence, [outbound ? 'dst_endpoint' : 'src_endpoint', 'ip']));
    const domain = identifier('domain', textAt(evidence, ['query', 'hostname']));
    found = { ...(address && { ip: { address } }), ...(domain && { domain: { name: domain } }), ...found };
  }
  return found;
}
