import { CordonError } from '../domain/errors.ts';

/** The five-character SQLSTATE of a database error; undefined for any other. */
export function sqlStateOf(error: unknown): string | undefined {
  if (error instanceof CordonError || !(error instanceof Error)) return undefined;
  return 'code' in error && typeof error.code === 'string' && /^[0-9A-Z]{5}$/.test(error.code) ? error.code : undefined;
}
