import type fc from 'fast-check';
import type { World } from '../world/world.ts';

/** One kind of thing that can happen: how its arguments are drawn, and what it does. Arguments are plain data, so that a case can be written down and run again. */
export interface Kind<A = never> {
  readonly name: string;
  /** How often it is drawn, against the others. */
  readonly weight: number;
  readonly args: fc.Arbitrary<A>;
  /** Does nothing when it cannot happen in this world. */
  run(world: World, args: A): Promise<void>;
}

/** Keeps the argument type inside the file and gives the list one shape. */
export function kind<A>(definition: Kind<A>): Kind {
  return definition as unknown as Kind;
}

/** A command as it is written down. */
export interface Written {
  readonly name: string;
  readonly args: unknown;
}
