import type { Writable } from 'node:stream';

/**
 * Lets the reader of our output go away, as in `| head`: what would still be said is dropped without a word, and the command runs to its end, since it may
 * be in the middle of a change. Whatever else is wrong with the output (a full disk) ends the process with its error.
 */
export function surviveClosedOutput(...outputs: readonly Pick<Writable, 'on'>[]): void {
  for (const output of outputs)
    output.on('error', (error) => {
      if (!('code' in error) || error.code !== 'EPIPE') throw error;
    });
}
