import type { Finding } from '../domain/finding.ts';
import type { RawObject } from './raw.ts';

/** Why something could not be read, and where. Texts are ours; a value from outside is only ever quoted through `quote`. */
export interface Problem {
  /** Stable, may be matched: e.g. `not_json`, `account_mismatch`. */
  readonly code: string;
  /** JSON pointer (RFC 6901) into the body; empty for the whole of it. */
  readonly field: string;
  readonly message: string;
  readonly hint: string;
}

/**
 * A finding, or why there is none. With both, the finding was understood and is refused all the same: it names no real account or Region, or a resource
 * of another account. Such a one is shown to people and never stored, correlated or acted on.
 */
export type ReadResult = { readonly finding: Finding } | { readonly problem: Problem; readonly finding?: Finding };

/** One shape of findings: one file, one object of this type, listed in read.ts. */
export interface FindingSource {
  /** Goes into `Finding.shape`. */
  readonly name: string;
  /** Decides by content, never by the way it came. */
  recognises(raw: RawObject): boolean;
  /** `pointer` is where `raw` stands in the body. Expected defects are problems; it throws nothing. */
  read(raw: RawObject, pointer: string): ReadResult;
}

/** The finding, beside the reason to refuse it if there is one. */
export function judged(finding: Finding, refusal: Problem | undefined): ReadResult {
  return refusal === undefined ? { finding } : { finding, problem: refusal };
}

/** A problem, for the adapters. */
export function problem(code: string, field: string, message: string, hint: string): { readonly problem: Problem } {
  return { problem: { code, field, message, hint } };
}

/** Text from outside inside a message of ours: printable ASCII, short. */
export function quote(text: string): string {
  const plain = text.replace(/[^\x20-\x7e]/g, '?');
  return `"${plain.length > 60 ? `${plain.slice(0, 60)}...` : plain}"`;
}
