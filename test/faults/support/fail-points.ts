import type { Repositories } from '../../../src/ports.ts';
import type { Wired } from '../../../src/wire.ts';
import type { Place } from './orders.ts';

/** What is told of every place that is passed. `before`: inside a transaction, which is then committed; `after`: it has been done. */
export type Passing = (place: string, when: 'before' | 'after') => void;

/**
 * Puts itself around the ports of a product that has been put together, so that `passing` hears of every place. The product itself knows nothing of it:
 * nothing is changed but who calls whom.
 */
export function watchPorts(
  wired: Pick<Wired, 'store' | 'jobs' | 'intake' | 'sessions' | 'deps'>,
  passing: Passing,
): void {
  watchStore(wired.store, passing);
  const { jobs, sessions } = wired;
  const { queue } = wired.intake;
  const receive = queue.receive.bind(queue);
  queue.receive = async (signal) => {
    const messages = await receive(signal);
    if (messages.length > 0) passing('received' satisfies Place, 'after');
    return messages;
  };
  const remove = queue.delete.bind(queue);
  queue.delete = async (handle) => {
    passing('deleted' satisfies Place, 'before');
    await remove(handle);
    passing('deleted' satisfies Place, 'after');
  };
  const wake = jobs.wake.bind(jobs);
  jobs.wake = async (wakes) => {
    await wake(wakes);
    passing('woken' satisfies Place, 'after');
  };
  const { auditKeeping } = wired.deps;
  const places = auditKeeping.places.bind(auditKeeping);
  auditKeeping.places = (settings) =>
    places(settings).map((place) => ({
      ...place,
      async put(checkpoint) {
        await place.put(checkpoint);
        passing('checkpoint.put' satisfies Place, 'after');
      },
    }));
  const act = sessions.act.bind(sessions);
  sessions.act = async (request) => {
    const writer = await act(request);
    return {
      ...writer,
      async send(call) {
        passing('sending' satisfies Place, 'before');
        const answer = await writer.send(call);
        passing('sent' satisfies Place, 'after');
        return answer;
      },
    };
  };
}

/** Keeps hold of every worker that is made, so that all can be made to take nothing any more. */
export function holdWorkers(jobs: Wired['jobs']): { wedge(): Promise<void> } {
  const { backend } = jobs;
  const make = backend.worker.bind(backend);
  const workers: ReturnType<typeof make>[] = [];
  backend.worker = (name, work, events) => {
    const worker = make(name, work, events);
    workers.push(worker);
    return worker;
  };
  return {
    async wedge() {
      await Promise.all(workers.splice(0).map((worker) => worker.drain()));
    },
  };
}

function watchStore(store: Wired['store'], passing: Passing): void {
  const tx = store.tx.bind(store);
  store.tx = async (work) => {
    let places: string[] = [];
    const result = await tx(async (repositories) => {
      places = [];
      const value = await work(noting(repositories, places));
      for (const place of places) passing(place, 'before');
      return value;
    });
    for (const place of places) passing(place, 'after');
    return result;
  };
}

/** The repositories of a transaction, which also write down what was done in it. */
function noting(tx: Repositories, places: string[]): Repositories {
  return {
    ...tx,
    audit: {
      ...tx.audit,
      append(entry) {
        places.push(entry.event);
        return tx.audit.append(entry);
      },
      note(note) {
        places.push(note.event);
        return tx.audit.note(note);
      },
    },
    deliveries: {
      ...tx.deliveries,
      async insert(row) {
        const inserted = await tx.deliveries.insert(row);
        if (inserted === 'duplicate') places.push('delivery.duplicate' satisfies Place);
        return inserted;
      },
    },
    checkpoints: {
      ...tx.checkpoints,
      insert(checkpoint) {
        places.push('checkpoint.signed' satisfies Place);
        return tx.checkpoints.insert(checkpoint);
      },
    },
    messages: {
      ...tx.messages,
      delivered(key, result) {
        if (key.startsWith('card:')) places.push('message.placed' satisfies Place);
        return tx.messages.delivered(key, result);
      },
    },
  };
}
