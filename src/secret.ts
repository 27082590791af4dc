import { inspect } from 'node:util';

const MASK = '[secret]';

/**
 * A secret text that cannot be printed by accident: JSON, string templates, `console.log` and pino all show `[secret]`.
 * Only `reveal` gives the text; call it where the secret is handed to the client that needs it, and nowhere else.
 */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** The text itself. */
  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return MASK;
  }

  toJSON(): string {
    return MASK;
  }

  [inspect.custom](): string {
    return MASK;
  }
}
