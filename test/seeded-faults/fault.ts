/** A mistake that somebody could make in the product, kept as the exact change of text that makes it. No build holds it: it exists in scratch copies only. */
export interface SeededFault {
  /** Kebab-case, as its file is named; what `--only` takes. */
  readonly id: string;
  readonly title: string;
  /** What people would suffer if the product were built so. */
  readonly harm: string;
  readonly edits: readonly Edit[];
  readonly caughtBy: Catch;
}

/** One replacement in a file of src. `before` has to be there exactly once: a fault whose place has changed is stale, and says so. */
export interface Edit {
  /** From the project root. */
  readonly file: string;
  readonly before: string;
  readonly after: string;
}

/** The one assertion that has to fail with the fault in, and to hold without it. */
export interface Catch {
  /** From the project root. */
  readonly file: string;
  /** Titles of the suites and of the test, joined by ` > `. */
  readonly test: string;
  /** Text of the line that fails. */
  readonly assertion: string;
}
