import fc from 'fast-check';
import type { Order } from '../world/process.ts';
import type { Job } from '../world/queue.ts';
import type { Memory, World } from '../world/world.ts';
import { kind } from './command.ts';
import * as draw from './draws.ts';

const asOrder = (order: Order | null): Order | undefined => order ?? undefined;

/** Takes one job of a queue, as a worker does. */
export const work = kind<{
  process: number;
  queue: 'triage' | 'propose' | 'remediate';
  pick: number;
  order: Order | null;
}>({
  name: 'work',
  weight: 9,
  args: fc.record({
    process: draw.process,
    queue: fc.constantFrom('triage', 'propose', 'remediate', 'remediate'),
    pick: draw.pick,
    order: draw.order,
  }),
  async run(world, { process, queue, pick, order }) {
    const memory = world.ready(process);
    if (!memory) return;
    await world.relay(memory);
    const jobs = world.queue.of(queue);
    const job = jobs[pick % Math.max(1, jobs.length)];
    if (job) await world.doJob(memory, job, asOrder(order));
  },
});

/** Receives what is in the findings queue. */
export const receive = kind<{ process: number; order: Order | null }>({
  name: 'receive',
  weight: 3,
  args: fc.record({ process: draw.process, order: draw.order }),
  async run(world, { process, order }) {
    const memory = world.ready(process);
    if (memory) await world.receive(memory, asOrder(order));
  },
});

/** Hands the outbox to the queue, interrupted. */
export const relay = kind<{ process: number; order: Order | null }>({
  name: 'relay',
  weight: 1,
  args: fc.record({ process: draw.process, order: draw.order }),
  async run(world, { process, order }) {
    const memory = world.ready(process);
    if (memory) await world.relay(memory, asOrder(order));
  },
});

export const sweep = kind<{ process: number; order: Order | null }>({
  name: 'sweep',
  weight: 5,
  args: fc.record({ process: draw.process, order: draw.order }),
  async run(world, { process, order }) {
    const memory = world.ready(process);
    if (!memory) return;
    await world.sweep(memory, asOrder(order));
    const next = world.ready(process);
    if (next) await world.relay(next);
  },
});

/** Delivers some of the messages that wait for Slack. */
export const messages = kind<{ process: number; count: number; order: Order | null }>({
  name: 'messages',
  weight: 6,
  args: fc.record({ process: draw.process, count: fc.integer({ min: 1, max: 4 }), order: draw.order }),
  async run(world, { process, count, order }) {
    const memory = world.ready(process);
    if (!memory) return;
    await world.relay(memory);
    const jobs = world.queue.of('notify');
    await deliver(world, memory, jobs.slice(-count), asOrder(order));
  },
});

async function deliver(world: World, memory: Memory, jobs: readonly Job[], order: Order | undefined): Promise<void> {
  for (const job of jobs) if ((await world.doJob(memory, job, order)) === 'paused' || !memory.process.alive) return;
}

/** Somebody kills a process; it comes back. */
export const restart = kind<{ process: number }>({
  name: 'restart',
  weight: 2,
  args: fc.record({ process: draw.process }),
  async run(world, { process }) {
    world.note('restart');
    world.restart(process);
  },
});

/** A stopped process goes on; one that died is started again. */
export const resumeProcess = kind<{ process: number; order: Order | null }>({
  name: 'resume-process',
  weight: 9,
  args: fc.record({ process: draw.process, order: draw.order }),
  async run(world, { process }) {
    const { process: one } = world.memories[process % world.memories.length] ?? {};
    if (!one) return;
    if (!one.alive) return world.restart(process);
    if (!one.suspended) return;
    world.note('a stopped process went on');
    await one.resume();
  },
});

/** Redis is emptied. */
export const flush = kind<Record<string, never>>({
  name: 'flush-queue',
  weight: 1,
  args: fc.constant({}),
  async run(world) {
    world.note('queue flushed');
    world.queue.flush();
  },
});

/** A process's clock goes wrong, or right again. */
export const skew = kind<{ process: number; seconds: number }>({
  name: 'skew-clock',
  weight: 1,
  args: fc.record({ process: draw.process, seconds: fc.constantFrom(0, 0, 30, -50, 600, -600) }),
  async run(world, { process, seconds }) {
    const memory = world.memories[process % world.memories.length];
    if (memory) memory.process.place.skewMs = seconds * 1000;
    if (seconds !== 0) world.note('a clock went wrong');
  },
});

export const pass = kind<{ seconds: number }>({
  name: 'pass',
  weight: 6,
  args: fc.record({ seconds: fc.constantFrom(1, 4, 7, 12, 61, 400, 1200, 1900, 3700) }),
  async run(world, { seconds }) {
    await world.pass(seconds * 1000);
  },
});
