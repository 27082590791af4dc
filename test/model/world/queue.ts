import { jobIdOf } from '../../../src/queue/job.ts';
import type { Wake } from '../../../src/queue/jobs.ts';
import { ATTEMPTS, type QueueName } from '../../../src/queue/settings.ts';

export interface Job {
  readonly jobId: string;
  readonly queue: QueueName;
  readonly id: string;
  attempts: number;
}

/** The queue as BullMQ behaves: an id that is there already is no second job; a job that fails comes again until its attempts are used up, and then stays, keeping its id. */
export class FakeQueue {
  readonly #jobs = new Map<string, Job>();
  readonly #dead = new Set<string>();
  readonly #seen: (text: string) => void;

  constructor(seen: (text: string) => void) {
    this.#seen = seen;
  }

  async wake(wakes: readonly Wake[]): Promise<void> {
    for (const { queue, dedup, id } of wakes) {
      const jobId = jobIdOf(dedup);
      const key = `${queue} ${jobId}`;
      if (this.#jobs.has(key) || this.#dead.has(key)) continue;
      this.#jobs.set(key, { jobId, queue, id, attempts: 0 });
      this.#seen(`${key} ${id}`);
    }
  }

  /** Those of the queue, oldest first. */
  of(queue: QueueName): readonly Job[] {
    return [...this.#jobs.values()].filter((job) => job.queue === queue);
  }

  get size(): number {
    return this.#jobs.size;
  }

  done(job: Job): void {
    this.#jobs.delete(`${job.queue} ${job.jobId}`);
  }

  failed(job: Job): void {
    job.attempts += 1;
    if (job.attempts < ATTEMPTS) return;
    this.done(job);
    this.#dead.add(`${job.queue} ${job.jobId}`);
  }

  /** FLUSHALL. */
  flush(): void {
    this.#jobs.clear();
    this.#dead.clear();
  }
}
