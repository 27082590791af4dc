/**
 * The one file that knows how the AWS SDK exports its schemas. Everything else of the wire speaks in the types below, so that an SDK release
 * that moves these exports is repaired here.
 *
 * Each client package exports its operations as tuples `[9, namespace, name, traits, input, output]` (SDK 3.1169), where the traits hold
 * `http: [method, uri template, status]` for the REST protocols, and `NormalizedSchema` walks the shapes.
 */
import * as cloudtrail from '@aws-sdk/client-cloudtrail';
import * as ec2 from '@aws-sdk/client-ec2';
import * as guardduty from '@aws-sdk/client-guardduty';
import * as iam from '@aws-sdk/client-iam';
import * as lambda from '@aws-sdk/client-lambda';
import * as organizations from '@aws-sdk/client-organizations';
import * as rds from '@aws-sdk/client-rds';
import * as s3 from '@aws-sdk/client-s3';
import * as securityhub from '@aws-sdk/client-securityhub';
import * as sqs from '@aws-sdk/client-sqs';
import * as sts from '@aws-sdk/client-sts';
import { NormalizedSchema } from '@smithy/core/schema';
import { z } from 'zod';

export type Shape = NormalizedSchema;

/** The tuple as the SDK types it. */
type StaticOperation = typeof sts.AssumeRole$;

/** A parsed request or an answer, before or after it is written in a protocol. */
export type Tree = Record<string, unknown>;

/** The services of the simulated organisation, by the name that stands in a signature's scope and in IAM actions. */
export const SERVICE_NAMES = [
  'sts',
  'iam',
  'ec2',
  's3',
  'sqs',
  'guardduty',
  'securityhub',
  'organizations',
  'cloudtrail',
  'lambda',
  'rds',
] as const;
export type ServiceName = (typeof SERVICE_NAMES)[number];

export type Protocol = 'awsJson' | 'restJson' | 'awsQuery' | 'ec2Query' | 'restXml';

/** One path or query piece of a REST binding: `/detector/{DetectorId}/findings` or `?list-type=2`. */
export interface HttpBinding {
  readonly method: string;
  readonly path: RegExp;
  readonly labels: readonly string[];
  readonly literals: ReadonlyArray<readonly [string, string]>;
  readonly status: number;
}

export interface WireOperation {
  readonly name: string;
  readonly http: HttpBinding | undefined;
  readonly input: Shape;
  readonly output: Shape;
}

export interface WireService {
  readonly name: ServiceName;
  readonly protocol: Protocol;
  readonly xmlNamespace: string;
  readonly operations: ReadonlyMap<string, WireOperation>;
}

const Traits = z.union([z.number(), z.looseObject({ http: z.tuple([z.string(), z.string(), z.number()]).optional() })]);

function isOperation(value: unknown): value is StaticOperation {
  return Array.isArray(value) && value[0] === 9;
}

function compilePath(path: string): { pattern: RegExp; labels: string[] } {
  const labels: string[] = [];
  const parts = path.split('/').map((part) => {
    const label = /^\{(\w+)(\+?)\}$/.exec(part);
    if (!label) return part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    labels.push(label[1] ?? '');
    return label[2] === '+' ? '(.+)' : '([^/]+)';
  });
  return { pattern: new RegExp(`^${parts.join('/')}/?$`, 's'), labels };
}

function bindingOf(traits: unknown): HttpBinding | undefined {
  const parsed = Traits.parse(traits);
  if (typeof parsed === 'number' || !parsed.http) return undefined;
  const [method, uri, status] = parsed.http;
  const [path = '/', query = ''] = uri.split('?');
  const { pattern, labels } = compilePath(path);
  return { method, path: pattern, labels, literals: [...new URLSearchParams(query)], status };
}

function operationsOf(client: object): Map<string, WireOperation> {
  const operations = Object.values(client)
    .filter(isOperation)
    .map(([, , name, traits, input, output]) => ({
      name,
      http: bindingOf(traits),
      input: NormalizedSchema.of(input),
      output: NormalizedSchema.of(output),
    }));
  return new Map(operations.map((operation) => [operation.name, operation]));
}

function service(name: ServiceName, protocol: Protocol, client: object, xmlNamespace = ''): WireService {
  return { name, protocol, xmlNamespace, operations: operationsOf(client) };
}

/** Every operation the SDK knows of these services; far more than the simulator answers, so that the others can be refused by name. */
export const WIRE_SERVICES: Readonly<Record<ServiceName, WireService>> = {
  sts: service('sts', 'awsQuery', sts, 'https://sts.amazonaws.com/doc/2011-06-15/'),
  iam: service('iam', 'awsQuery', iam, 'https://iam.amazonaws.com/doc/2010-05-08/'),
  ec2: service('ec2', 'ec2Query', ec2, 'http://ec2.amazonaws.com/doc/2016-11-15/'),
  s3: service('s3', 'restXml', s3, 'http://s3.amazonaws.com/doc/2006-03-01/'),
  sqs: service('sqs', 'awsJson', sqs),
  guardduty: service('guardduty', 'restJson', guardduty),
  securityhub: service('securityhub', 'restJson', securityhub),
  organizations: service('organizations', 'awsJson', organizations),
  cloudtrail: service('cloudtrail', 'awsJson', cloudtrail),
  lambda: service('lambda', 'restJson', lambda),
  rds: service('rds', 'awsQuery', rds, 'http://rds.amazonaws.com/doc/2014-10-31/'),
};

export function isServiceName(name: string): name is ServiceName {
  return Object.hasOwn(WIRE_SERVICES, name);
}

export function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
