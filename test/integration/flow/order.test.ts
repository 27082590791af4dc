import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Deps, Store } from '../../../src/ports.ts';
import { verifyAudit } from '../../../src/store/audit-chain.ts';
import { memoryStore } from '../../support/memory-store.ts';
import { MIXED } from '../../support/mixed-deliveries.ts';
import { deliverAll, type FinalState, finalState, keysOf, orderWorld } from '../../support/order.ts';
import { plainStore } from '../../support/plain-store.ts';

const PERMUTATIONS = 1_000;
/** On the database itself, which is some hundred times slower. */
const ON_THE_DATABASE = 8;
const SEED = Number(process.env['CORDON_SEED'] ?? 20261128);
const KEYS = keysOf(MIXED);

let depsOn: (store: Store) => Deps;
let inOrder: FinalState;
beforeAll(async () => {
  depsOn = await orderWorld();
  inOrder = await stateAfter(
    plainStore(() => '2026-12-01T00:00:00.000Z'),
    MIXED,
  );
});

async function stateAfter(store: Store, bodies: readonly string[]): Promise<FinalState> {
  await deliverAll(depsOn(store), bodies);
  return finalState(store, KEYS);
}

const permutation = fc.shuffledSubarray([...MIXED], { minLength: MIXED.length });

describe(`the order in which ${MIXED.length} deliveries arrive, seed ${SEED}`, () => {
  it('is of a set that has something of everything', () => {
    const state = (kind: string) => inOrder.incidents.filter((one) => JSON.stringify(one).includes(kind)).length;
    expect(inOrder.findings).toHaveLength(8);
    expect(inOrder.incidents).toHaveLength(5);
    expect(inOrder.cards).toHaveLength(5);
    expect([state('"state":"open"'), state('"state":"resolved"'), state('"reopened":1')]).toEqual([3, 2, 3]);
    expect(inOrder.deliveries).toEqual({ processed: MIXED.length - 2, quarantined: 1 });
  });

  it(`does not matter to the findings, the incidents and the cards: ${PERMUTATIONS} permutations`, {
    timeout: 600_000,
  }, async () => {
    const property = fc.asyncProperty(permutation, async (bodies) => {
      expect(
        await stateAfter(
          plainStore(() => '2026-12-01T00:00:00.000Z'),
          bodies,
        ),
      ).toEqual(inOrder);
    });
    await fc.assert(property, { seed: SEED, numRuns: PERMUTATIONS });
    console.log(`${PERMUTATIONS} permutations of ${MIXED.length} deliveries, seed ${SEED}: one final state`);
  });

  it(`does not matter to the database either: ${ON_THE_DATABASE} permutations, the same state`, {
    timeout: 300_000,
  }, async () => {
    const property = fc.asyncProperty(permutation, async (bodies) => {
      const store = await memoryStore();
      expect(await stateAfter(store, bodies)).toEqual(inOrder);
      expect(await verifyAudit(store.read.audit)).toMatchObject({ ok: true });
    });
    await fc.assert(property, { seed: SEED, numRuns: ON_THE_DATABASE });
  });
});
