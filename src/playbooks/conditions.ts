import { BlockList, isIP } from 'node:net';
import { SEVERITIES } from '../domain/finding.ts';
import type { Cond, Test } from '../domain/playbook.ts';
import { isScalar, lookUp, type RefContext } from './refs.ts';

export interface Evaluated {
  readonly holds: boolean;
  /** Paths that lead nowhere. A test of one is false, whatever it asks; `exists: false` is the one that is then true. */
  readonly missing: readonly string[];
}

/** Whether a condition holds. Pure: no expressions, no regular expressions, no clock. `not` holds when none of its list does. */
export function evaluate(condition: Cond, context: RefContext): Evaluated {
  if ('all' in condition) return combine(condition.all, context, (results) => results.every(Boolean));
  if ('any' in condition) return combine(condition.any, context, (results) => results.some(Boolean));
  if ('not' in condition) return combine(condition.not, context, (results) => !results.some(Boolean));
  const found = lookUp(condition.path, context);
  if (!found.found) return { holds: condition.op === 'exists' && condition.value === false, missing: [condition.path] };
  return { holds: holds(condition, found.value), missing: [] };
}

function combine(
  conditions: readonly Cond[],
  context: RefContext,
  decide: (results: readonly boolean[]) => boolean,
): Evaluated {
  const results = conditions.map((condition) => evaluate(condition, context));
  return {
    holds: decide(results.map((result) => result.holds)),
    missing: [...new Set(results.flatMap((result) => result.missing))],
  };
}

function holds({ op, value: wanted }: Test, value: unknown): boolean {
  if (op === 'exists') return wanted !== false;
  if (!isScalar(value)) return false;
  switch (op) {
    case 'eq':
      return value === wanted;
    case 'ne':
      return value !== wanted;
    case 'in':
      return Array.isArray(wanted) && wanted.includes(value);
    case 'gte':
      return atLeast(value, wanted);
    case 'cidr':
      return inNetworks(value, wanted);
  }
}

/** Numbers by size; severities by weight (`high` is at least `medium`). */
function atLeast(value: string | number | boolean, wanted: Test['value']): boolean {
  if (typeof value === 'number' && typeof wanted === 'number') return value >= wanted;
  const [actual, floor] = [rank(value), rank(wanted)];
  return actual >= 0 && floor >= 0 && actual <= floor;
}

const WEIGHTS: readonly unknown[] = SEVERITIES;

function rank(value: unknown): number {
  return WEIGHTS.indexOf(value);
}

function inNetworks(value: string | number | boolean, wanted: Test['value']): boolean {
  const family = isIP(String(value));
  if (family === 0) return false;
  const networks = Array.isArray(wanted) ? wanted : [wanted];
  return networks.some((network) => networkHolds(String(network), String(value), family === 6 ? 'ipv6' : 'ipv4'));
}

function networkHolds(network: string, address: string, family: 'ipv4' | 'ipv6'): boolean {
  const parsed = parseCidr(network);
  if (parsed === undefined || parsed.family !== family) return false;
  const list = new BlockList();
  list.addSubnet(parsed.address, parsed.bits, family);
  return list.check(address, family);
}

/** `10.0.0.0/8` or `2001:db8::/32`; undefined when it is no network. */
export function parseCidr(
  text: string,
): { readonly address: string; readonly bits: number; readonly family: 'ipv4' | 'ipv6' } | undefined {
  const [, address = '', bits = ''] = /^([0-9a-fA-F:.]+)\/(\d{1,3})$/.exec(text) ?? [];
  const version = isIP(address);
  if (version === 0 || Number(bits) > (version === 6 ? 128 : 32)) return undefined;
  return { address, bits: Number(bits), family: version === 6 ? 'ipv6' : 'ipv4' };
}
