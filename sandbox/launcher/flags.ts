import { parseArgs } from 'node:util';
import { z } from 'zod';

export const USAGE = `usage: npm start -- [--port N] [--data-dir DIR] [--no-play] [--play-ms N] [--json-ready]
  --port N       port of the page (default 4280, or any free one when that is taken; 0 = any)
  --data-dir DIR keep the product's data there (default: a temporary folder, removed at the end)
  --no-play      send no findings
  --play-ms N    time over which the findings arrive, in milliseconds (default 30000)
  --json-ready   print one JSON line with all addresses and process ids instead of this page`;

const Flags = z.strictObject({
  port: z.coerce.number().int().min(0).max(65_535).optional(),
  'data-dir': z.string().min(1).optional(),
  'no-play': z.boolean().default(false),
  'play-ms': z.coerce.number().int().min(0).max(600_000).default(30_000),
  'json-ready': z.boolean().default(false),
});
export type Flags = z.infer<typeof Flags>;

/** The launcher's flags, or `help`; throws with what is wrong and how to call it. */
export function readFlags(args: readonly string[]): Flags | 'help' {
  if (args.includes('--help') || args.includes('-h')) return 'help';
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        port: { type: 'string' },
        'data-dir': { type: 'string' },
        'no-play': { type: 'boolean' },
        'play-ms': { type: 'string' },
        'json-ready': { type: 'boolean' },
      },
    });
    return Flags.parse(values);
  } catch (error) {
    const why = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
    throw new Error(`${why}\n${USAGE}`, { cause: error });
  }
}
