import { AwsError } from '../errors.ts';
import { unchunk } from './aws-chunked.ts';
import { readForm } from './form.ts';
import type { HttpMessage } from './http-message.ts';
import { readJson } from './json.ts';
import { parseJson, readRest } from './rest.ts';
import type { Route } from './route.ts';
import { isTree, type Tree, type WireService } from './schemas.ts';

/** Reads a routed request into the operation's input. Throws AwsError (SerializationException, MalformedXML ...) on a body the shape cannot hold. */
export function readRequest(service: WireService, found: Route & { found: true }, message: HttpMessage): Tree {
  switch (service.protocol) {
    case 'awsJson':
      return readAwsJson(found, message.body);
    case 'awsQuery':
    case 'ec2Query':
      return readForm(service.protocol, found.operation.input, formOf(message));
    case 'restJson':
      return readRest(service, found.operation, message, found.path);
    case 'restXml': {
      const input = readRest(service, found.operation, unchunk(message), found.path);
      return found.bucket ? { ...input, Bucket: bucketName(found.bucket) } : input;
    }
  }
}

function formOf(message: HttpMessage): URLSearchParams {
  return message.method === 'GET' ? message.query : new URLSearchParams(message.body.toString('utf8'));
}

function readAwsJson(found: Route & { found: true }, body: Buffer): Tree {
  if (found.operation.input.isUnitSchema()) return {};
  const read = readJson(found.operation.input, body.length > 0 ? parseJson(body) : {}, { jsonNames: false });
  return isTree(read) ? read : {};
}

function bucketName(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    throw new AwsError('InvalidBucketName', 'The specified bucket is not valid.');
  }
}
