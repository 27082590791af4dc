import type { Written } from './commands/command.ts';
import { kindOf } from './commands/index.ts';
import { sameInAnotherOrder } from './ending/order.ts';
import { atTheEnd } from './ending/quiet.ts';
import { sameWithRestarts } from './ending/restarts.ts';
import { INVARIANTS } from './invariants/index.ts';
import type { ModelDatabase } from './world/database.ts';
import { World } from './world/world.ts';

/** A promise is broken: which, and how. */
export class Broken extends Error {
  readonly invariant: string;

  constructor(invariant: string, what: string) {
    super(`${invariant}: ${what}`);
    this.name = 'Broken';
    this.invariant = invariant;
  }
}

/** What is looked at when the last command is done, beside what must hold always. `quiet`: until nothing more happens; `again`: the whole once more, otherwise. */
export const ENDINGS = ['none', 'quiet', 'again'] as const;
export type Ending = (typeof ENDINGS)[number];

/** One sequence as it is written down. */
export interface Case {
  readonly commands: readonly Written[];
  readonly ending: Ending;
}

/** One command in the world, and the look at everything that must hold after it. Throws Broken. */
export async function step(world: World, { name, args }: Written): Promise<void> {
  world.record.tick += 1;
  world.note(`command ${name}`);
  await kindOf(name).run(world, args as never);
  await world.collect();
  judge(world);
}

const judged = new WeakMap<World, string>();

/** Throws Broken for the first promise that does not hold. What has not grown since the last look is not looked at again. */
function judge(world: World): void {
  const lengths = Object.values(world.record).map((part: unknown) => (Array.isArray(part) ? part.length : 0));
  const size = lengths.join(' ');
  if (judged.get(world) === size) return;
  judged.set(world, size);
  for (const { id, check } of INVARIANTS) fail(id, check(world.record));
}

function fail(invariant: string, broken: readonly string[]): void {
  const [first] = broken;
  if (first !== undefined) throw new Broken(invariant, first);
}

/** The rest of a sequence whose commands are done. Throws Broken. */
export async function end(world: World, { commands, ending }: Case): Promise<void> {
  if (ending === 'none') return;
  if (ending === 'again') {
    const twins = await sameWithRestarts(world.db, commands);
    fail('I20', twins.broken);
    fail('I11', await sameInAnotherOrder(twins.world, commands));
    return;
  }
  const left = await atTheEnd(world);
  judge(world);
  fail('I12', left.stuck);
  fail('I4', left.open);
  fail('I8', left.chain);
  fail('I18', left.shown);
}

/** A whole case in a fresh world. Throws Broken; the world is handed out first, so that it can be counted all the same. */
export async function play(db: ModelDatabase, one: Case, begun: (world: World) => void): Promise<void> {
  const world = await World.fresh(db);
  begun(world);
  for (const written of one.commands) await step(world, written);
  await end(world, one);
}
