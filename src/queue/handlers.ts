import type { QueueName } from './settings.ts';

/** What is done with a job of each queue: given the subject's id, nothing else. It throws to be asked again. */
export type Handlers = Readonly<Record<QueueName, (id: string) => Promise<void>>>;
