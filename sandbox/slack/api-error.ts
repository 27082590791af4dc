import type { JsonObject } from './json.ts';

/** Slack's way to say no: `{"ok": false, "error": code}` with status 200, plus further fields. */
export class ApiError extends Error {
  readonly code: string;
  readonly hint: string;
  readonly data: JsonObject;

  constructor(code: string, hint: string, data: JsonObject = {}) {
    super(`${code}: ${hint}`);
    this.code = code;
    this.hint = hint;
    this.data = data;
  }
}
