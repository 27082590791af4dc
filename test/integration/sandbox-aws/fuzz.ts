import { isTree, type Shape } from '../../../sandbox/aws/wire/schemas.ts';

/** A small generator of numbers, the same at every run. */
export function seededRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    return state % below;
  };
}

/** How deep generated values go; the largest inputs are recursive. */
const MAX_DEPTH = 4;

interface Generator {
  readonly random: (below: number) => number;
  /** Members left out, by name. */
  readonly skip: ReadonlySet<string>;
}

/** Makes a value of a shape; undefined where the shape has none that travels (streams, documents, too deep). */
export function generate(generator: Generator, shape: Shape, depth = 0, inHeader = false): unknown {
  if (depth > MAX_DEPTH || shape.isDocumentSchema() || shape.isUnitSchema()) return undefined;
  if (shape.isStructSchema()) return shape.isStreaming() ? undefined : generateStruct(generator, shape, depth);
  const header = inHeader || Boolean(shape.getMergedTraits().httpHeader ?? shape.getMergedTraits().httpPrefixHeaders);
  if (shape.isListSchema()) return generateList(generator, shape, depth, header);
  if (shape.isMapSchema()) {
    const value = generate(generator, shape.getValueSchema(), depth + 1, header);
    return value === undefined ? undefined : { k1: value };
  }
  return generateScalar(generator, shape, header);
}

function generateStruct(generator: Generator, shape: Shape, depth: number): object | undefined {
  const members = [...shape.structIterator()].filter(([name]) => !generator.skip.has(name));
  const chosen = shape.isUnionSchema()
    ? members.slice(0, 1)
    : members.filter(([, member]) => depth < 2 || member.getMergedTraits().httpLabel || generator.random(2) === 1);
  const entries = chosen.flatMap(([name, member]) => {
    const value = generate(generator, member, depth + 1);
    return value === undefined ? [] : [[name, value] as const];
  });
  return entries.length > 0 ? Object.fromEntries(entries) : undefined;
}

function generateList(generator: Generator, shape: Shape, depth: number, header: boolean): unknown[] | undefined {
  const items = [0, 1].flatMap(() => {
    const value = generate(generator, shape.getValueSchema(), depth + 1, header);
    return value === undefined ? [] : [value];
  });
  return items.length > 0 ? items : undefined;
}

function generateScalar({ random }: Generator, shape: Shape, header: boolean): unknown {
  if (shape.isBlobSchema()) return new Uint8Array([1, 2, random(250)]);
  if (shape.isBooleanSchema()) return random(2) === 1;
  if (shape.isNumericSchema()) return random(1000);
  if (shape.isTimestampSchema()) return new Date(1_600_000_000_000 + random(100_000) * 1000);
  if (!shape.isStringSchema()) return undefined;
  // Headers take a narrow set of characters; labels and bodies take what they are given.
  return header ? `v${random(1_000_000)}` : `v<&>"' é /+%\n ${random(1_000_000)}`;
}

/** Streams are not compared here; uploads and downloads have tests of their own. */
function isStream(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'pipe' in value;
}

/** Plain JSON of a value, for comparing both ends: bytes as lists, dates as text, absent and empty alike. */
export function comparable(value: unknown): unknown {
  if (value instanceof Uint8Array) return [...value];
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(comparable);
  if (!isTree(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, item]) => item !== undefined && key !== '$metadata' && !isStream(item))
      .map(([key, item]) => [key, comparable(item)]),
  );
}
