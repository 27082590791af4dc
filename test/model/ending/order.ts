import { isDeepStrictEqual } from 'node:util';
import { ingest } from '../../../src/flow/ingest.ts';
import { triage } from '../../../src/flow/triage.ts';
import { type FinalState, finalState, keysOf } from '../../support/order.ts';
import { plainStore } from '../../support/plain-store.ts';
import type { Written } from '../commands/command.ts';
import { isoNow, START } from '../world/time.ts';
import type { World } from '../world/world.ts';

/** What makes the result depend on more than the set of deliveries: a person's resolution has a time, and a new edition of a playbook reads findings otherwise. */
const NOT_ONLY_DELIVERIES = ['close', 'edit-playbook', 'press-button'];

/** The same messages in the opposite order, on a store of plain maps, come to the same findings and incidents. */
export async function sameInAnotherOrder(world: World, commands: readonly Written[]): Promise<readonly string[]> {
  if (commands.some(({ name }) => NOT_ONLY_DELIVERIES.includes(name))) return [];
  const bodies = [...new Set(world.record.bodies.map(({ body }) => body))];
  if (bodies.length < 2) return [];
  const keys = keysOf(bodies);
  const memory = world.ready(0);
  if (!memory) return [];
  const store = plainStore(isoNow, new Date(START - 86_400_000).toISOString());
  const deps = { ...memory.deps, store };
  for (const [index, body] of [...bodies].reverse().entries()) {
    const { id } = await ingest(deps, { transport: 'sqs', transportId: `reversed-${index}`, body });
    await triage(deps, id);
  }
  return differences(await finalState(world.db.store, keys), await finalState(store, keys));
}

function differences(there: FinalState, here: FinalState): readonly string[] {
  const parts = ['findings', 'incidents', 'deliveries'] as const;
  return parts
    .filter((part) => !isDeepStrictEqual(settledFacts(there[part]), settledFacts(here[part])))
    .map(
      (part) =>
        `${part} differ when the order is turned round: ${JSON.stringify(there[part])} and ${JSON.stringify(here[part])}`,
    );
}

/** Without what a person did to an incident and what is not stored at all. */
function settledFacts(part: unknown): unknown {
  return JSON.parse(
    JSON.stringify(part, (key, value: unknown) =>
      key === 'ownerId' || (key === 'state' && value === 'acknowledged') ? null : value,
    ),
  );
}
