import { z } from 'zod';

/**
 * The places at which the product can be made to kill itself: what has just been done (`after`), or is in a transaction that has not been committed (`before`).
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
  'sent',
  'run.step-done',
  'run.verifying',
  'run.verified',
] as const;
export type Place = (typeof PLACES)[number];

/** What the harness asks of the product's process; each is answered with the same `id`. */
export const Order = z.discriminatedUnion('ask', [
  z.strictObject({
    id: z.number(),
    ask: z.literal('kill-at'),
    place: z.enum(PLACES),
    when: z.enum(['before', 'after']),
    /** The how many-th time that the place is passed from now on. */
    nth: z.number().int().min(1),
  }),
  z.strictObject({ id: z.number(), ask: z.literal('audit'), after: z.number().int() }),
  /** Keeps the event loop busy. */
  z.strictObject({ id: z.number(), ask: z.literal('block'), milliseconds: z.number().int() }),
  /** A statement on the product's own store, for faults inside the embedded database, which nobody else can open. */
  z.strictObject({ id: z.number(), ask: z.literal('sql'), text: z.string() }),
]);
export type Order = z.infer<typeof Order>;
type WithoutId<T> = T extends unknown ? Omit<T, 'id'> : never;
export type NewOrder = WithoutId<Order>;

export const Answer = z.strictObject({ id: z.number(), value: z.unknown(), error: z.string().optional() });
