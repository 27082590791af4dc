import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { z } from 'zod';
import type { Written } from './commands/command.ts';
import { anyCommand } from './commands/index.ts';
import { Broken, type Case, ENDINGS, type Ending, end, play, step } from './sequence.ts';
import { installChance } from './world/chance.ts';
import { type ModelDatabase, openDatabase } from './world/database.ts';
import { installTime, realNow } from './world/time.ts';
import { World } from './world/world.ts';

/** Where cases that once broke a promise are kept. */
export const REGRESSIONS = fileURLToPath(new URL('regressions/', import.meta.url));

const CaseFile = z.object({
  /** Which promise it broke and what was wrong then, for readers. */
  broke: z.string(),
  commands: z.array(z.object({ name: z.string(), args: z.unknown() })),
  ending: z.enum(ENDINGS),
});
export type CaseFile = z.infer<typeof CaseFile>;

/** The kept cases by file name. */
export function keptCases(folder = REGRESSIONS): readonly (CaseFile & { readonly file: string })[] {
  // There is no folder while there is no case.
  const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')) : [];
  return files.sort().map((file) => ({ file, ...readCase(join(folder, file)) }));
}

export function readCase(path: string): CaseFile {
  return CaseFile.parse(JSON.parse(readFileSync(path, 'utf8')));
}

export interface Exploration {
  readonly runs: number;
  /** Mean length of a sequence; the longest are twice as long. */
  readonly commands: number;
  readonly seed: number;
  /** Of fast-check, to begin at one case. */
  readonly path?: string | undefined;
  /** Hears about the progress now and then. */
  readonly progress: (line: string) => void;
}

export interface Report {
  readonly runs: number;
  readonly commands: number;
  readonly milliseconds: number;
  /** Of this process on any core: what the machine's other work does not change. */
  readonly cpuMilliseconds: number;
  readonly seed: number;
  /** How often each command ran and each thing of interest happened. */
  readonly seen: Readonly<Record<string, number>>;
  readonly failure: Failure | undefined;
}
export interface Failure {
  readonly invariant: string;
  readonly what: string;
  readonly path: string | null;
  readonly shrunk: Case;
}

/** The model's clock, chance and database, once a process. */
export async function openModel(): Promise<ModelDatabase> {
  installTime();
  installChance();
  return openDatabase();
}

/** A case that was written down, once more. Throws Broken. */
export function replay(db: ModelDatabase, one: Case): Promise<void> {
  return play(db, one, () => undefined);
}

class Command implements fc.AsyncCommand<World, World> {
  readonly written: Written;

  constructor(written: Written) {
    this.written = written;
  }

  check(): boolean {
    return true;
  }

  run(world: World): Promise<void> {
    return step(world, this.written);
  }

  toString(): string {
    return JSON.stringify(this.written);
  }
}

const ending: fc.Arbitrary<Ending> = fc.oneof(
  { weight: 31, arbitrary: fc.constant('none') },
  { weight: 7, arbitrary: fc.constant('quiet') },
  { weight: 2, arbitrary: fc.constant('again') },
);
const PROGRESS_MS = 5_000;

/** Draws sequences, plays each in a fresh world, and shrinks the first that breaks a promise. */
export async function explore(db: ModelDatabase, options: Exploration): Promise<Report> {
  const [began, cpu] = [realNow(), process.cpuUsage()];
  const seen = new Map<string, number>();
  const count = { runs: 0, commands: 0, shrinking: 0 };
  let told = began;
  let last: { readonly error: Error; readonly one: Case } | undefined;
  const sequences = fc.commands([anyCommand.map((written) => new Command(written))], {
    maxCommands: options.commands * 2,
    size: 'max',
  });
  const property = fc.asyncProperty(sequences, ending, async (commands, how) => {
    const world = await World.fresh(db);
    const ran: Written[] = [];
    const noted = [...commands].map((one) => recorded(one, ran));
    try {
      await fc.asyncModelRun(() => ({ model: world, real: world }), noted);
      await end(world, { commands: ran, ending: how });
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      last = { error, one: { commands: [...ran], ending: how } };
      options.progress(`broken: ${error.message}; the case is made smaller`);
      throw error;
    } finally {
      count.commands += ran.length;
      if (last === undefined) {
        count.runs += 1;
        for (const [what, times] of world.seen) seen.set(what, (seen.get(what) ?? 0) + times);
      } else count.shrinking += 1;
      if (realNow() - told > PROGRESS_MS) {
        told = realNow();
        options.progress(lineOf(count, told - began));
      }
    }
  });
  const result = await fc.check(property, {
    numRuns: options.runs,
    seed: options.seed,
    // Its own shrinking plays hundreds of whole sequences; `shorter` knows what a command is.
    endOnFailure: true,
    ...(options.path !== undefined && { path: options.path }),
  });
  const { user, system } = process.cpuUsage(cpu);
  return {
    runs: count.runs,
    commands: count.commands,
    milliseconds: realNow() - began,
    cpuMilliseconds: (user + system) / 1000,
    seed: options.seed,
    seen: Object.fromEntries([...seen].sort(([a], [b]) => (a < b ? -1 : 1))),
    failure: last && {
      invariant: last.error instanceof Broken ? last.error.invariant : 'error',
      what: last.error instanceof Broken ? last.error.message : (last.error.stack ?? last.error.message),
      path: result.counterexamplePath,
      shrunk: await shorter(db, last.one, last.error),
    },
  };
}

function recorded(command: fc.AsyncCommand<World, World>, ran: Written[]): fc.AsyncCommand<World, World> {
  const written: Written = JSON.parse(command.toString());
  return {
    check: (model) => command.check(model),
    run(model, real) {
      ran.push(written);
      return command.run(model, real);
    },
    toString: () => command.toString(),
  };
}

function lineOf(
  count: { readonly runs: number; readonly commands: number; readonly shrinking: number },
  ms: number,
): string {
  const done = `${count.runs} sequences, ${count.commands} commands, ${(ms / 1000).toFixed(0)} s`;
  return count.shrinking > 0 ? `${done}; making the case smaller, try ${count.shrinking}` : done;
}

/** Leaves out what is not needed for the same promise to be broken. */
async function shorter(db: ModelDatabase, one: Case, error: Error): Promise<Case> {
  if (!(error instanceof Broken)) return one;
  const breaks = async (candidate: Case): Promise<boolean> => {
    try {
      await replay(db, candidate);
      return false;
    } catch (other) {
      return other instanceof Broken && other.invariant === error.invariant;
    }
  };
  let best = one;
  for (let size = Math.ceil(best.commands.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = best.commands.length - size; at >= 0; at -= size) {
      const commands = [...best.commands.slice(0, at), ...best.commands.slice(at + size)];
      const candidate = { ...best, commands };
      if (await breaks(candidate)) best = candidate;
    }
  }
  for (const [at, { name, args }] of best.commands.entries()) {
    for (const simpler of simplerThan(args)) {
      const commands = best.commands.with(at, { name, args: simpler });
      if (await breaks({ ...best, commands })) {
        best = { ...best, commands };
        break;
      }
    }
  }
  return best;
}

/** Without the interruption, or with less of it. */
function simplerThan(args: unknown): readonly unknown[] {
  if (typeof args !== 'object' || args === null || !('order' in args)) return [];
  return args.order === null ? [] : [{ ...args, order: null }];
}
