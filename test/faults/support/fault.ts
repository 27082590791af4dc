import type { Bench, BenchOptions, Engine } from './bench.ts';
import type { Verdict } from './judge.ts';

/** One run of a fault: its name within the fault, and the seed that varies target, place and time. */
export interface Trial {
  readonly name: string;
  readonly seed: number;
}

/** What a trial gives: the verdict; or why it cannot be run, here or yet. */
export type Result = Verdict | { readonly pending: string } | { readonly skipped: string };

/** One row of the reliability matrix. The file is its only mention: the harness reads the folder. */
export interface Fault {
  /** As in the matrix, e.g. `F1`. */
  readonly id: string;
  readonly title: string;
  readonly engines: readonly Engine[];
  /** Seeds in the short form; without it the fault is left out there. */
  readonly short?: Readonly<Record<Engine, number>>;
  /** Of the short form's trials those that run on this engine; all when nothing is said. */
  inShort?(trial: Trial, engine: Engine): boolean;
  /** Seeds when nothing is said. */
  readonly seeds: number;
  readonly bench?: BenchOptions;
  /** What has to be built before it can be run. */
  readonly pending?: string;
  trials(seeds: number): readonly Trial[];
  run(bench: Bench, trial: Trial): Promise<Result>;
}

export function defineFault(fault: Fault): Fault {
  return fault;
}

/** The plain case: so many seeds of one thing. */
export function seedsOf(seeds: number): readonly Trial[] {
  return Array.from({ length: seeds }, (_, seed) => ({ name: `seed ${seed + 1}`, seed }));
}
