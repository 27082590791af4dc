import type { AwsError } from '../errors.ts';
import type { HttpAnswer } from './http-message.ts';
import { writeJson } from './json.ts';
import { writeRest } from './rest.ts';
import type { Tree, WireOperation, WireService } from './schemas.ts';
import { escapeXml, writeXmlMembers } from './xml.ts';

const XML = { 'content-type': 'text/xml;charset=UTF-8' };

/** Writes what a handler answered in the protocol of its service. Throws a TypeError when the answer does not fit the output shape. */
export function writeAnswer(
  service: WireService,
  operation: WireOperation,
  answer: Tree,
  requestId: string,
): HttpAnswer {
  switch (service.protocol) {
    case 'awsJson':
      return writeAwsJson(operation, answer);
    case 'awsQuery':
      return { status: 200, headers: XML, body: queryBody(service, operation, answer, requestId) };
    case 'ec2Query':
      return { status: 200, headers: XML, body: ec2Body(service, operation, answer, requestId) };
    case 'restJson':
    case 'restXml':
      return writeRest(service, operation, answer);
  }
}

function writeAwsJson(operation: WireOperation, answer: Tree): HttpAnswer {
  const body = operation.output.isUnitSchema() ? {} : writeJson(operation.output, answer, { jsonNames: false });
  return { status: 200, headers: { 'content-type': 'application/x-amz-json-1.0' }, body: JSON.stringify(body) };
}

function queryBody(service: WireService, operation: WireOperation, answer: Tree, requestId: string): string {
  const { name, output } = operation;
  const result = output.isUnitSchema() ? '' : `<${name}Result>${writeXmlMembers(output, answer)}</${name}Result>`;
  return `<${name}Response xmlns="${service.xmlNamespace}">${result}<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata></${name}Response>`;
}

function ec2Body(service: WireService, operation: WireOperation, answer: Tree, requestId: string): string {
  const { name, output } = operation;
  const members = output.isUnitSchema() ? '<return>true</return>' : writeXmlMembers(output, answer);
  return `<${name}Response xmlns="${service.xmlNamespace}"><requestId>${requestId}</requestId>${members}</${name}Response>`;
}

/** Writes an error in the shape that the service's protocol gives it. */
export function writeError(service: WireService, error: AwsError, requestId: string): HttpAnswer {
  const text = `<Code>${escapeXml(error.code)}</Code><Message>${escapeXml(error.message)}</Message>`;
  const headers = { ...error.headers };
  switch (service.protocol) {
    case 'ec2Query':
      return {
        status: error.status,
        headers: { ...XML, ...headers },
        body: `<Response><Errors><Error>${text}</Error></Errors><RequestID>${requestId}</RequestID></Response>`,
      };
    case 'awsQuery':
      return {
        status: error.status,
        headers: { ...XML, ...headers },
        body: queryError(service, error, text, requestId),
      };
    case 'restXml':
      return {
        status: error.status,
        headers: { 'content-type': 'application/xml', ...headers },
        body: s3Error(error, text, requestId),
      };
    case 'awsJson':
      return jsonError(error, {
        'x-amzn-query-error': `${error.code};${error.status < 500 ? 'Sender' : 'Receiver'}`,
        ...headers,
        'content-type': 'application/x-amz-json-1.0',
      });
    case 'restJson':
      return jsonError(error, { ...headers, 'content-type': 'application/json', 'x-amzn-errortype': error.code });
  }
}

function queryError(service: WireService, error: AwsError, text: string, requestId: string): string {
  const type = error.status < 500 ? 'Sender' : 'Receiver';
  return `<ErrorResponse xmlns="${service.xmlNamespace}"><Error><Type>${type}</Type>${text}</Error><RequestId>${requestId}</RequestId></ErrorResponse>`;
}

function s3Error(error: AwsError, text: string, requestId: string): string {
  const detail = Object.entries(error.detail)
    .map(([key, value]) => `<${key}>${escapeXml(value)}</${key}>`)
    .join('');
  return `<?xml version="1.0" encoding="UTF-8"?>\n<Error>${text}${detail}<RequestId>${requestId}</RequestId></Error>`;
}

function jsonError(error: AwsError, headers: Record<string, string>): HttpAnswer {
  return {
    status: error.status,
    headers,
    body: JSON.stringify({ __type: error.code, message: error.message, Message: error.message, ...error.detail }),
  };
}
