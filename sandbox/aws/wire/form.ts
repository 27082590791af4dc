import { readScalar } from './scalars.ts';
import { isTree, type Protocol, type Shape, type Tree } from './schemas.ts';

type Node = string | Branch;
interface Branch {
  [key: string]: Node;
}

/** Splits `A.B.1=x` keys into a tree. Keys are looked up with null prototypes, so `__proto__` is an ordinary key. */
function treeOf(form: URLSearchParams): Branch {
  const root: Branch = Object.create(null);
  for (const [path, value] of form) {
    let node = root;
    const parts = path.split('.');
    const last = parts.pop() ?? path;
    for (const part of parts) {
      const next = node[part];
      const branch: Branch = typeof next === 'object' ? next : Object.create(null);
      node[part] = branch;
      node = branch;
    }
    node[last] = value;
  }
  return root;
}

/** Reads the form of an awsQuery or ec2Query request by the operation's input shape. */
export function readForm(protocol: Protocol, shape: Shape, form: URLSearchParams): Tree {
  if (shape.isUnitSchema()) return {};
  const read = readNode(protocol === 'ec2Query', shape, treeOf(form));
  return isTree(read) ? read : {};
}

function readNode(ec2: boolean, shape: Shape, node: Node): unknown {
  if (shape.isStructSchema()) return typeof node === 'object' ? readStruct(ec2, shape, node) : undefined;
  if (shape.isListSchema()) return readList(ec2, shape, node);
  if (shape.isMapSchema()) return typeof node === 'object' ? readMap(ec2, shape, node) : undefined;
  return typeof node === 'string' ? readScalar(shape, node) : undefined;
}

function readStruct(ec2: boolean, shape: Shape, node: Branch): Tree {
  const read: Tree = {};
  for (const [name, member] of shape.structIterator()) {
    const child = node[keyOf(ec2, name, member, true)];
    const value = child === undefined ? undefined : readNode(ec2, member, child);
    if (value !== undefined) read[name] = value;
  }
  return read;
}

function readList(ec2: boolean, shape: Shape, node: Node): unknown[] {
  if (typeof node === 'string') return []; // an empty list is written `Name=`
  const member = shape.getValueSchema();
  const flat = ec2 || Boolean(shape.getMergedTraits().xmlFlattened);
  const items = flat ? node : node[keyOf(ec2, 'member', member, false)];
  return typeof items === 'object' ? numbered(items).map((item) => readNode(ec2, member, item)) : [];
}

function readMap(ec2: boolean, shape: Shape, node: Branch): Tree {
  const key = keyOf(ec2, 'key', shape.getKeySchema(), false);
  const value = keyOf(ec2, 'value', shape.getValueSchema(), false);
  const entries = shape.getMergedTraits().xmlFlattened ? node : node['entry'];
  if (typeof entries !== 'object') return {};
  return Object.fromEntries(
    numbered(entries).flatMap((entry) => {
      if (typeof entry === 'string' || entry[key] === undefined || entry[value] === undefined) return [];
      return [[String(entry[key]), readNode(ec2, shape.getValueSchema(), entry[value])]];
    }),
  );
}

function numbered(node: Branch): Node[] {
  const positions = Object.keys(node).filter((key) => /^\d+$/.test(key));
  return positions.sort((a, b) => Number(a) - Number(b)).flatMap((key) => node[key] ?? []);
}

/** EC2 has names of its own (`ec2QueryName`), else the XML name with its first letter in upper case. */
function keyOf(ec2: boolean, name: string, member: Shape, inStruct: boolean): string {
  const { ec2QueryName, xmlName } = member.getMergedTraits();
  if (ec2 && typeof ec2QueryName === 'string') return ec2QueryName;
  const key = typeof xmlName === 'string' ? xmlName : name;
  return ec2 && inStruct ? key.charAt(0).toUpperCase() + key.slice(1) : key;
}
