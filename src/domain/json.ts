import { createHash } from 'node:crypto';
import { canonicalize } from 'json-canonicalize';

/** Any JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

/** RFC 8785 canonical JSON: equal values give equal text, whatever the order of their keys. */
export function canonicalJson(value: unknown): string {
  return canonicalize(value);
}

/** Lower-case hex SHA-256 of a text. */
export function sha256(text: string | Uint8Array): string {
  return createHash('sha256').update(text).digest('hex');
}

/** `sha256(canonicalJson(value))`: the identity of a plan, a playbook or an audit row. */
export function hashOf(value: unknown): string {
  return sha256(canonicalJson(value));
}

/** True when both are the same JSON value. */
export function sameJson(a: unknown, b: unknown): boolean {
  return canonicalJson(a) === canonicalJson(b);
}
