import type { Finding } from '../domain/finding.ts';
import { weigh } from '../domain/weigh.ts';
import { asff } from './asff.ts';
import { isEvent, type Located, openEvent } from './eventbridge.ts';
import { guardDuty } from './guardduty.ts';
import { health } from './health.ts';
import { ocsf } from './ocsf.ts';
import { at, isObject, type RawObject } from './raw.ts';
import { type FindingSource, type Problem, problem, type ReadResult } from './source.ts';

export type { Problem } from './source.ts';

/** Those with a mark of their own first: a third party's ASFF may well have a key called `Type`. */
const SOURCES: readonly FindingSource[] = [health, asff, ocsf, guardDuty];

export interface ReadLimits {
  /** Bytes of the body. EventBridge and SQS carry at most 1 MiB. */
  readonly bytes: number;
  /** Levels of nesting; the deepest sample has about 12. */
  readonly depth: number;
  /** Entries of one list, keys of one object, lines of one body. */
  readonly items: number;
  /** Values in the whole body. The densest samples would have 48,000 in a megabyte, most have 26,000. */
  readonly values: number;
}
export const READ_LIMITS: ReadLimits = { bytes: 1_048_576, depth: 32, items: 2000, values: 60_000 };
/** Levels around a finding: lists, `{Findings: []}`, an event with its detail. */
const AROUND = 8;

export interface Read {
  readonly findings: readonly Finding[];
  readonly problems: readonly Problem[];
  /** Understood and refused, each for one of the problems: to be shown, never stored or acted on. Their account and Region are whatever was written there. */
  readonly refused: readonly Finding[];
}

/**
 * Reads whatever a queue or a file holds: one finding, a list, `{Findings: []}`, an EventBridge event, or one JSON value a line. What cannot be read
 * is a problem and does not take the readable ones with it. Throws nothing, whatever the body.
 */
export function readFindings(body: string, limits: ReadLimits = READ_LIMITS): Read {
  const bytes = Buffer.byteLength(body, 'utf8');
  if (bytes > limits.bytes) {
    return only(
      problem(
        'body_too_large',
        '',
        `the body has ${bytes} bytes, more than ${limits.bytes}`,
        'Send fewer findings at a time.',
      ),
    );
  }
  const parsed = parse(body, limits);
  if ('problem' in parsed) return only(parsed);
  const results = parsed.records.flatMap((record) => readRecord(record, limits));
  return {
    findings: results.flatMap((result) => ('problem' in result ? [] : [result.finding])),
    problems: results.flatMap((result) => ('problem' in result ? [result.problem] : [])),
    refused: results.flatMap((result) => ('problem' in result && result.finding ? [result.finding] : [])),
  };
}

function only(result: { readonly problem: Problem }): Read {
  return { findings: [], problems: [result.problem], refused: [] };
}

function parse(
  body: string,
  limits: ReadLimits,
): { readonly records: readonly Located[] } | { readonly problem: Problem } {
  // A file saved on Windows may begin with a byte order mark.
  const text = body.replace(/^\ufeff/, '').trim();
  // Wider and deeper than a finding may be: one that is too wide does not take its neighbours with it.
  const most = { depth: limits.depth + AROUND, values: limits.values, items: limits.items * 5 };
  const weight = weigh(text, most);
  if (weight.depth > most.depth) return tooDeep('', most.depth);
  if (weight.items > most.items) return tooMany('', most.items);
  if (weight.values > most.values) return tooMany('', most.values);
  const whole = parseJson(text);
  if (whole !== undefined) return { records: [{ value: whole.value, pointer: '' }] };
  const [first] = /^.*/.exec(text) ?? [''];
  if (weight.lines < 2 || !isObject(parseJson(first)?.value)) {
    return problem(
      'not_json',
      '',
      text === '' ? 'the body is empty' : 'the body is not JSON',
      'Send the finding or the event as JSON, or one JSON value a line.',
    );
  }
  if (weight.lines > limits.items) return tooMany('', limits.items);
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const records = lines.map((line, index) => {
    const parsed = parseJson(line);
    return { value: parsed === undefined ? BAD_LINE : parsed.value, pointer: `/${index}` };
  });
  return { records };
}

/** Stands for a line that is no JSON; a symbol, since no JSON value is one. */
const BAD_LINE = Symbol('bad line');

function parseJson(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    // The caller tells one bad document from several lines and reports it with its place.
    return undefined;
  }
}

/** How many lists may stand inside one another. */
const MAX_LISTS = 3;

/** Opens lists, `{Findings: []}` and events, and reads what is in them. */
function readRecord({ value, pointer }: Located, limits: ReadLimits, level = 0): readonly ReadResult[] {
  if (value === BAD_LINE)
    return [problem('not_json', pointer, 'the line is not JSON', 'Each line must be one JSON value.')];
  if (level > MAX_LISTS)
    return [
      problem('too_deep', pointer, 'lists inside lists inside lists', 'Send a list of findings, or one finding.'),
    ];
  if (Array.isArray(value)) {
    if (value.length > limits.items) return [tooMany(pointer, limits.items)];
    return value.flatMap((item, index) =>
      readRecord({ value: item, pointer: `${pointer}/${index}` }, limits, level + 1),
    );
  }
  if (!isObject(value)) return [problem('shape_unknown', pointer, 'not a JSON object', 'A finding is a JSON object.')];
  if (isEvent(value)) {
    const opened = openEvent(value, pointer);
    if ('problem' in opened) return [opened];
    if (opened.records.length > limits.items) return [tooMany(`${pointer}/detail/findings`, limits.items)];
    return opened.records.flatMap((record) => readFinding(record, limits));
  }
  const list = at(value, 'Findings');
  if (Array.isArray(list)) return readRecord({ value: list, pointer: `${pointer}/Findings` }, limits, level + 1);
  return readFinding({ value, pointer }, limits);
}

function tooDeep(pointer: string, levels: number): { readonly problem: Problem } {
  return problem(
    'too_deep',
    pointer,
    `nested deeper than ${levels} levels`,
    'No finding of AWS is; look at who sends to the queue.',
  );
}

function tooMany(pointer: string, most: number): { readonly problem: Problem } {
  return problem(
    'too_many_items',
    pointer,
    `a list, an object or the body has more than ${most} entries`,
    'Send fewer findings at a time.',
  );
}

function readFinding({ value, pointer, statedAt }: Located, limits: ReadLimits): readonly ReadResult[] {
  if (!isObject(value)) return [problem('shape_unknown', pointer, 'not a JSON object', 'A finding is a JSON object.')];
  const excess = tooDeepOrWide(value, pointer, limits);
  if (excess !== undefined) return [excess];
  const source = SOURCES.find((candidate) => candidate.recognises(value));
  return [source === undefined ? unknownShape(pointer) : stated(source.read(value, pointer), statedAt)];
}

/** A finding inside an event was so at the event's time. */
function stated(result: ReadResult, statedAt: string | undefined): ReadResult {
  if (statedAt === undefined || result.finding === undefined) return result;
  return { ...result, finding: { ...result.finding, statedAt } };
}

function unknownShape(pointer: string): { readonly problem: Problem } {
  return problem(
    'shape_unknown',
    pointer,
    'neither a GuardDuty finding, nor ASFF, nor OCSF, nor an event that carries them',
    'A GuardDuty finding has type, service and resource; ASFF has ProductArn and Resources; OCSF has class_uid and finding_info.',
  );
}

/** Walks without recursion: the nesting is what an attacker chooses. */
function tooDeepOrWide(
  value: RawObject,
  pointer: string,
  limits: ReadLimits,
): { readonly problem: Problem } | undefined {
  const open: { readonly node: object; readonly depth: number }[] = [{ node: value, depth: 1 }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { node, depth } = next;
    if (depth > limits.depth) return tooDeep(pointer, limits.depth);
    const children: readonly unknown[] = Array.isArray(node) ? node : Object.values(node);
    if (children.length > limits.items) return tooMany(pointer, limits.items);
    for (const child of children)
      if (typeof child === 'object' && child !== null) open.push({ node: child, depth: depth + 1 });
  }
  return undefined;
}
