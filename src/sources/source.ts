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

export type ReadResult = { readonly finding: Finding } | { readonly problem: Problem };

/** One shape of findings: one file, one object of this type, listed in read.ts. */
export interface FindingSource {
  /** Goes into `Finding.shape`. */
  readonly name: string;
  /** Decides by content, never by the way it came. */
  recognises(raw: RawObject): boolean;
  /** `pointer` is where `raw` stands in the body. Expected defects are problems; it throws nothing. */
  read(raw: RawObject, pointer: string): ReadResult;
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
