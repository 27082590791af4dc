import type { Actor } from '../domain/audit.ts';
import { SYSTEM } from '../domain/audit.ts';
import { newId } from '../domain/ids.ts';
import { sha256 } from '../domain/json.ts';
import { bodyWithoutCredentials } from '../domain/redact.ts';
import type { Delivery, Deps, Repositories } from '../ports.ts';
import { done, type Outcome, refuse } from './outcome.ts';

/** A message from outside and how it came. */
export interface Incoming {
  readonly transport: Delivery['transport'];
  readonly transportId: string;
  readonly body: string;
}

/**
 * Stores a message as it came, but for credentials that somebody let slip into it, and wakes triage. Only when this has returned may the transport forget the message.
 * Reading it comes later, so that a body nobody can read is kept too.
 */
export async function ingest(deps: Pick<Deps, 'store'>, message: Incoming): Promise<Stored> {
  return deps.store.tx((tx) => take(tx, message));
}

interface Stored {
  readonly id: string;
  readonly state: 'stored' | 'duplicate';
}

/** As `ingest`, in the caller's transaction. */
export async function take(tx: Repositories, message: Incoming): Promise<Stored> {
  const id = newId('DLV');
  const body = bodyWithoutCredentials(message.body);
  const inserted = await tx.deliveries.insert({ id, ...message, body });
  if (inserted === 'duplicate') return { id, state: 'duplicate' };
  await tx.outbox.add({ topic: 'triage', dedup: `triage.${id}.v1`, subjectId: id });
  await tx.audit.note({
    event: 'delivery.received',
    actor: SYSTEM,
    subject: `delivery:${id}`,
    details: {
      transport: message.transport,
      bytes: Buffer.byteLength(body),
      sha256: sha256(body),
      ...(body !== message.body && { redacted: true }),
    },
  });
  return { id, state: 'stored' };
}

/** Puts a quarantined message back to triage, for instance after an update that can read it. */
export async function replayQuarantined(
  deps: Pick<Deps, 'store'>,
  actor: Actor,
  id: string,
): Promise<Outcome<Delivery>> {
  return deps.store.tx(async (tx) => {
    const delivery = await tx.deliveries.lock(id);
    if (!delivery) return refuse('no_such_delivery', `There is no delivery ${id}.`, 'See `cordon quarantine list`.');
    if (delivery.state !== 'quarantined') {
      return refuse(
        'not_quarantined',
        `${id} is not in quarantine (it is ${delivery.state}).`,
        'See `cordon quarantine list`.',
      );
    }
    await tx.deliveries.setState(id, 'received', null);
    const { seq } = await tx.audit.append({
      event: 'delivery.replayed',
      actor,
      subject: `delivery:${id}`,
      details: {},
    });
    await tx.outbox.add({ topic: 'triage', dedup: `triage.${id}.v${seq}`, subjectId: id });
    return done(delivery);
  });
}
