import { z } from 'zod';
import { SERVICE_NAMES } from './wire/schemas.ts';

/** What can be made to go wrong. */
export const FaultKind = z.enum([
  'throttle', // too many requests
  'server-error', // 5xx, nothing applied
  'timeout-before', // nothing applied, never an answer
  'timeout-after', // applied, never an answer
  'ignore', // the normal answer, nothing applied
  'deny', // an organisation's policy stands in the way
  'expire-token', // the session is said to have expired
  'empty-page', // a list answers an empty page with a token to go on
  'stale-read', // applied, but reads of that service and account answer the old state for a while
]);
export type FaultKind = z.output<typeof FaultKind>;

/** An order for a fault. `*` as operation means any write; the fault ends after `times` hits. */
export const FaultOrder = z
  .strictObject({
    service: z.enum(SERVICE_NAMES),
    operation: z.string().min(1),
    /** The account that calls, or for AssumeRole also the one of the role. */
    account: z
      .string()
      .regex(/^\d{12}$/)
      .optional(),
    kind: FaultKind,
    times: z.number().int().min(1).default(1),
    /** So many calls that it means go through first. */
    skip: z.number().int().min(0).default(0),
    params: z.strictObject({ forMs: z.number().int().min(1).default(2000) }).prefault({}),
  })
  .refine(
    (order) => !(order.kind === 'ignore' && (order.service === 'sqs' || order.service === 'sts')),
    'queues and sessions are not part of the state that can be set aside; ignore is for the other services',
  );
export type FaultOrder = z.output<typeof FaultOrder>;

export interface Fault extends FaultOrder {
  readonly id: number;
  left: number;
  toSkip: number;
}

interface Circumstances {
  readonly service: string;
  readonly operation: string;
  /** Whose call it is, and whom it is about. */
  readonly accounts: readonly string[];
  readonly write: boolean;
}

/** The faults in waiting. */
export class Faults {
  private faults: Fault[] = [];
  private nextId = 1;

  add(order: FaultOrder): Fault {
    const fault: Fault = { ...order, id: this.nextId++, left: order.times, toSkip: order.skip };
    this.faults.push(fault);
    return fault;
  }

  list(): readonly Fault[] {
    return this.faults;
  }

  clear(): void {
    this.faults = [];
  }

  /** Uses up one hit of the first fault of these kinds that means this call. */
  take(kinds: readonly FaultKind[], call: Circumstances): Fault | undefined {
    const fault = this.faults.find((one) => kinds.includes(one.kind) && means(one, call));
    if (!fault) return undefined;
    if (fault.toSkip > 0) {
      fault.toSkip -= 1;
      return undefined;
    }
    fault.left -= 1;
    this.faults = this.faults.filter((one) => one.left > 0);
    return fault;
  }
}

function means(fault: Fault, call: Circumstances): boolean {
  const operation = fault.operation === '*' ? call.write : fault.operation === call.operation;
  return (
    fault.service === call.service &&
    operation &&
    (fault.account === undefined || call.accounts.includes(fault.account))
  );
}
