import type { Message } from '../block-limits.ts';
import type { Visitor } from '../visitor.ts';

/** A subcommand of the slash command: one file of this folder each, default export, named as its file. */
export interface Command {
  readonly name: string;
  /** Arguments as people type them, e.g. `INC`. */
  readonly usage: string;
  /** One line for the help. */
  readonly summary: string;
  /** Words after the subcommand; returns what only the person sees. */
  run(visitor: Visitor, words: readonly string[]): Promise<Message>;
}

/** Splits what was typed after the slash command. Quotes of any sort keep words together. */
export function readWords(text: string): readonly string[] {
  return [...text.matchAll(/["“”]([^"“”]*)["“”]|(\S+)/g)].map((found) => found[1] ?? found[2] ?? '');
}

/** `--account prod-web --mine rest` -> options and the other words. A flag without a value is `true`. */
export function readOptions(
  words: readonly string[],
  withValue: readonly string[],
): { readonly options: ReadonlyMap<string, string>; readonly rest: readonly string[] } {
  const options = new Map<string, string>();
  const rest: string[] = [];
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    const name = /^(?:--|—)([a-z]+)$/.exec(word)?.[1];
    if (name === undefined) rest.push(word);
    else if (withValue.includes(name)) {
      at += 1;
      options.set(name, words[at] ?? '');
    } else options.set(name, 'true');
  }
  return { options, rest };
}

/** The member whom a word names: `<@U012|alice>` as Slack sends a name that was picked, or a member id; undefined for anything else. */
export function memberIn(word: string): string | undefined {
  return /^(?:<@)?([UW][A-Z0-9]{2,20})(?:\|[^<>|]*)?>?$/.exec(word)?.[1];
}

/** A text without Slack's brackets around names, channels and addresses, as the person saw it when they typed. */
export function asTyped(text: string): string {
  return text
    .replace(/<([@#])[A-Z0-9]{2,20}\|([^<>|]*)>/g, '$1$2')
    .replace(/<((?:https?|mailto):[^<>|]*)(?:\|[^<>|]*)?>/g, '$1');
}
