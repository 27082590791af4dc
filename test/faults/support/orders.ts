import { z } from 'zod';

/**
 * The places at which the product can be made to kill or pause itself: what has just been done (`after`), or is in a transaction that has not been committed (`before`).
 * A name with a dot is the audit event that the transaction appended.
 */
export const PLACES = [
  'received',
  'delivery.received',
  'delivery.duplicate',
  'deleted',
  'woken',
  'delivery.processed',
  'incident.opened',
  'message.placed',
  'approval.granted',
  'run.claimed',
  'run.step-intent',
  'sending',
  'sent',
  'run.step-done',
  'run.verifying',
  'run.verified',
  'checkpoint.signed',
  'checkpoint.put',
] as const;
export type Place = (typeof PLACES)[number];

/** What the harness asks of the product's process; each is answered with the same `id`. */
export const Order = z.discriminatedUnion('ask', [
  z.strictObject({
    id: z.number(),
    ask: z.literal('strike'),
    place: z.enum(PLACES),
    when: z.enum(['before', 'after']),
    /** The how many-th time that the place is passed from now on. */
    nth: z.number().int().min(1),
    /** A signal to itself, or the event loop kept busy for so many milliseconds. */
    how: z.union([z.enum(['SIGKILL', 'SIGSTOP', 'SIGTERM']), z.number().int()]),
  }),
  z.strictObject({ id: z.number(), ask: z.literal('spare') }),
  z.strictObject({ id: z.number(), ask: z.literal('audit'), after: z.number().int() }),
  /** From now on no worker takes a job, and none knows it: as after a connection that was lost unnoticed. Workers made later are well. */
  z.strictObject({ id: z.number(), ask: z.literal('wedge') }),
  /** A statement on the product's own store, for faults inside the embedded database, which nobody else can open. */
  z.strictObject({ id: z.number(), ask: z.literal('sql'), text: z.string() }),
]);
export type Order = z.infer<typeof Order>;
type WithoutId<T> = T extends unknown ? Omit<T, 'id'> : never;
export type NewOrder = WithoutId<Order>;

export const Answer = z.strictObject({ id: z.number(), value: z.unknown(), error: z.string().optional() });
