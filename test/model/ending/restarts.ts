import type { Written } from '../commands/command.ts';
import { kindOf } from '../commands/index.ts';
import type { ModelDatabase } from '../world/database.ts';
import { INSTANCES } from '../world/findings.ts';
import { World } from '../world/world.ts';
import { settle } from './quiet.ts';

/** Commands that let something fail: what then happens may depend on when. */
const FAULTS = [
  'aws-trouble',
  'slack-trouble',
  'break-account',
  'break-settings',
  'skew-clock',
  'resume-process',
  'restart',
];

/** The sequence without its faults and interruptions. */
function calm(commands: readonly Written[]): readonly Written[] {
  return commands
    .filter(({ name }) => !FAULTS.includes(name))
    .map(({ name, args }) =>
      isInterrupted(args) ? { name, args: { ...args, order: null, second: null } } : { name, args },
    );
}

function isInterrupted(args: unknown): args is { order: unknown } {
  return typeof args === 'object' && args !== null && 'order' in args;
}

/** The same sequence with every process started anew after each command comes to the same ends. The world that is handed back is the one without restarts, at rest. */
export async function sameWithRestarts(
  db: ModelDatabase,
  commands: readonly Written[],
): Promise<{ readonly broken: readonly string[]; readonly world: World }> {
  const quiet = calm(commands);
  const restarted = endsOf(await played(db, quiet, true));
  const world = await played(db, quiet, false);
  const plain = endsOf(world);
  const broken = [...new Set([...plain.keys(), ...restarted.keys()])]
    .filter((key) => plain.get(key) !== restarted.get(key))
    .map((key) => `${key}: ${plain.get(key) ?? 'none'} without restarts, ${restarted.get(key) ?? 'none'} with them`);
  return { broken, world };
}

async function played(db: ModelDatabase, commands: readonly Written[], restarts: boolean): Promise<World> {
  const world = await World.fresh(db);
  for (const { name, args } of commands) {
    world.record.tick += 1;
    await kindOf(name).run(world, args as never);
    await world.collect();
    if (restarts) for (const index of world.memories.keys()) world.restart(index);
  }
  await settle(world);
  return world;
}

/** How everything ended: the nth run, request and incident, and each instance in AWS. */
function endsOf(world: World): ReadonlyMap<string, string> {
  const ends = new Map<string, string>();
  for (const [index, run] of [...world.runs.values()].entries()) ends.set(`run ${index + 1}`, run.state);
  for (const [index, one] of [...world.approvals.values()].entries()) ends.set(`request ${index + 1}`, one.state);
  for (const { id, state } of world.incidents.values()) ends.set(`incident ${id}`, state);
  for (const { id } of INSTANCES) ends.set(id, world.cloud.imageOf(id).replaceAll(/RUN-\w+/g, 'RUN'));
  return ends;
}
