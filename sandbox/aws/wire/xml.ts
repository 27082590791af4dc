import { AwsError } from '../errors.ts';
import { refuseUnknown } from './json.ts';
import { readScalar, writeScalar } from './scalars.ts';
import { isTree, type Shape, type Tree } from './schemas.ts';
import type { XmlElement } from './xml-text.ts';

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  '\r': '&#xD;',
};

/** Escapes text for an element or an attribute; control characters that XML 1.0 forbids are left out. */
export function escapeXml(text: string): string {
  return text
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '')
    .replace(/[&<>"'\r]/g, (c) => ESCAPES[c] ?? c);
}

function xmlName(member: Shape, fallback: string): string {
  const name = member.getMemberTraits().xmlName;
  return typeof name === 'string' ? name : fallback;
}

function namespaceAttribute(shape: Shape): string {
  const namespace: unknown = shape.getMergedTraits().xmlNamespace;
  if (!Array.isArray(namespace) || typeof namespace[1] !== 'string') return '';
  const prefix = typeof namespace[0] === 'string' && namespace[0] ? `:${namespace[0]}` : '';
  return ` xmlns${prefix}="${escapeXml(namespace[1])}"`;
}

/** Writes the members of a struct, without the element around them. Throws when the answer holds a member that the shape does not know. */
export function writeXmlMembers(shape: Shape, value: unknown): string {
  return writeStruct(shape, value).body;
}

/** Writes one whole element with the shape's own name. */
export function writeXmlElement(shape: Shape, value: unknown, name: string): string {
  const { attributes, body } = writeStruct(shape, value);
  return `<${name}${namespaceAttribute(shape)}${attributes}>${body}</${name}>`;
}

function writeStruct(shape: Shape, value: unknown): { attributes: string; body: string } {
  if (!isTree(value)) throw new TypeError(`${shape.getName(true)} must be an object`);
  const rest = new Set(Object.keys(value));
  let attributes = '';
  let body = '';
  for (const [name, member] of shape.structIterator()) {
    rest.delete(name);
    const item = value[name];
    if (item === undefined || item === null) continue;
    if (member.getMergedTraits().xmlAttribute)
      attributes += ` ${xmlName(member, name)}="${escapeXml(writeScalar(member, item, 'date-time'))}"`;
    else body += writeMember(member, item, xmlName(member, name));
  }
  refuseUnknown(shape, rest);
  return { attributes, body };
}

function writeMember(member: Shape, value: unknown, name: string): string {
  if (member.isListSchema() && Array.isArray(value)) return writeList(member, value, name);
  if (member.isMapSchema() && isTree(value)) return writeMap(member, value, name);
  if (member.isStructSchema()) return writeXmlElement(member, value, name);
  return `<${name}>${escapeXml(writeScalar(member, value, 'date-time'))}</${name}>`;
}

function writeList(list: Shape, values: readonly unknown[], name: string): string {
  const member = list.getValueSchema();
  const flat = Boolean(list.getMergedTraits().xmlFlattened);
  const item = flat ? name : xmlName(member, 'member');
  const items = values.map((value) => writeMember(member, value, item)).join('');
  return flat ? items : `<${name}>${items}</${name}>`;
}

function writeMap(map: Shape, values: Tree, name: string): string {
  const key = xmlName(map.getKeySchema(), 'key');
  const value = xmlName(map.getValueSchema(), 'value');
  const flat = Boolean(map.getMergedTraits().xmlFlattened);
  const entry = flat ? name : 'entry';
  const entries = Object.entries(values)
    .map(
      ([k, v]) => `<${entry}><${key}>${escapeXml(k)}</${key}>${writeMember(map.getValueSchema(), v, value)}</${entry}>`,
    )
    .join('');
  return flat ? entries : `<${name}>${entries}</${name}>`;
}

/** Reads an element by a shape; unknown elements are refused, as S3 does with MalformedXML. */
export function readXml(shape: Shape, element: XmlElement): unknown {
  if (shape.isStructSchema()) return readStruct(shape, element);
  if (shape.isListSchema()) return element.children.map((child) => readXml(shape.getValueSchema(), child));
  if (shape.isMapSchema()) return readEntries(shape, element.children);
  return readScalar(shape, element.text);
}

function readStruct(shape: Shape, element: XmlElement): Tree {
  const read: Tree = {};
  const rest = new Set(element.children.map((child) => child.name));
  for (const [name, member] of shape.structIterator()) {
    const wireName = xmlName(member, name);
    rest.delete(wireName);
    const value = readMember(member, element, wireName);
    if (value !== undefined) read[name] = value;
  }
  if (rest.size > 0) throw malformedXml();
  return read;
}

function readMember(member: Shape, element: XmlElement, name: string): unknown {
  if (member.getMergedTraits().xmlAttribute) return element.attributes[name];
  const found = element.children.filter((child) => child.name === name);
  const [first] = found;
  if (!first) return undefined;
  if (!member.getMergedTraits().xmlFlattened) return readXml(member, first);
  if (member.isMapSchema()) return readEntries(member, found);
  return found.map((child) => readXml(member.getValueSchema(), child));
}

function readEntries(map: Shape, entries: readonly XmlElement[]): Tree {
  const key = xmlName(map.getKeySchema(), 'key');
  const value = xmlName(map.getValueSchema(), 'value');
  return Object.fromEntries(
    entries.flatMap((entry) => {
      const k = entry.children.find((child) => child.name === key);
      const v = entry.children.find((child) => child.name === value);
      return k && v ? [[k.text, readXml(map.getValueSchema(), v)]] : [];
    }),
  );
}

/** The error S3 answers to a body it cannot read. */
export function malformedXml(): AwsError {
  return new AwsError(
    'MalformedXML',
    'The XML you provided was not well-formed or did not validate against our published schema',
  );
}
