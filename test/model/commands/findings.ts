import fc from 'fast-check';
import { bodyOf, HOSTILE, INSTANCES, type Said } from '../world/findings.ts';
import type { World } from '../world/world.ts';
import { kind } from './command.ts';
import * as draw from './draws.ts';

const said: fc.Arbitrary<Said> = fc.record({
  kind: fc.constantFrom('threat', 'threat', 'posture'),
  instance: fc.oneof(
    { weight: 6, arbitrary: fc.nat({ max: 3 }) },
    { weight: 1, arbitrary: fc.nat({ max: INSTANCES.length - 1 }) },
  ),
  which: fc.nat({ max: 1 }),
  hoursAgo: fc.nat({ max: 60 }),
  settled: fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
  severity: fc.constantFrom(8, 8, 5, 9.1),
  title: fc.nat({ max: HOSTILE.length - 1 }),
});

/** A finding comes: into the queue, and mostly through triage at once. */
export const deliver = kind<{ process: number; said: Said; copies: number; follow: boolean }>({
  name: 'deliver',
  weight: 8,
  args: fc.record({
    process: draw.process,
    said,
    copies: fc.constantFrom(1, 1, 1, 2),
    follow: fc.constantFrom(true, true, false),
  }),
  async run(world, { process, said: what, copies, follow }) {
    for (let copy = 0; copy < copies; copy += 1) world.send(bodyOf(what));
    if (follow) await throughTriage(world, process);
  },
});

/** Receives, and triages what was received. */
export async function throughTriage(world: World, process: number): Promise<void> {
  const memory = world.ready(process);
  if (!memory) return;
  await world.receive(memory);
  await world.relay(memory);
  for (const job of world.queue.of('triage')) await world.doJob(memory, job);
}

/** The queue delivers a message again, however late. */
export const redeliver = kind<{ pick: number; late: boolean }>({
  name: 'redeliver',
  weight: 2,
  args: fc.record({ pick: draw.pick, late: fc.boolean() }),
  async run(world, { pick, late }) {
    const { bodies } = world.record;
    const body = bodies[pick % Math.max(1, bodies.length)];
    if (late && body) world.send(body.body);
    else world.reveal();
  },
});

/** Something that nobody can read. */
export const poison = kind<{ which: number }>({
  name: 'poison',
  weight: 1,
  args: fc.record({ which: fc.nat({ max: 3 }) }),
  async run(world, { which }) {
    world.send(['{"half": ', '[]', '{"detail-type":"GuardDuty Finding","detail":{}}', '\u0000\u0001'][which] ?? '');
  },
});
