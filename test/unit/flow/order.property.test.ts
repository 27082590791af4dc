import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Deps, Store } from '../../../src/ports.ts';
import { asffTwin, at, control, DAY, guardDuty, HOUR, ocsfTwin } from '../../support/deliveries.ts';
import { deliverAll, type FinalState, finalState, keysOf, orderWorld, resolveAll } from '../../support/order.ts';
import { plainStore } from '../../support/plain-store.ts';

/** Small sets at random, many of them; the large set of test/integration/flow/order.test.ts is one. */
const RUNS = 150;
const SEED = Number(process.env['CORDON_SEED'] ?? 20261128);

let depsOn: (store: Store) => Deps;
beforeAll(async () => {
  depsOn = await orderWorld();
});

const times = fc.record({
  updated: fc.integer({ min: 0, max: 16 }).map((sixHours) => sixHours * 6 * HOUR),
  late: fc.integer({ min: 1, max: 3 }),
});
const note = fc.constantFrom(
  {},
  { workflow: 'NOTIFIED', by: 'cordon' } as const,
  { workflow: 'RESOLVED', by: 'cordon' } as const,
  { workflow: 'RESOLVED', by: 'somebody' } as const,
  { workflow: 'SUPPRESSED' } as const,
);
/** `blind`: copies that do not name the resource, so that the finding moves to another key when one arrives that does. */
const threat = (blind: fc.Arbitrary<boolean>) =>
  fc
    .record({
      finding: fc.constantFrom('a', 'b'),
      times,
      note,
      archived: fc.boolean(),
      severity: fc.constantFrom(2, 5, 8),
      blind,
      as: fc.constantFrom('guardduty', 'asff', 'ocsf'),
    })
    .map(({ times: { updated, late }, note: noted, as, ...rest }) => {
      // GuardDuty's count grows with its updates.
      const said = { ...rest, updated, sent: updated + late, count: 1 + updated / HOUR };
      if (as === 'guardduty') return guardDuty(said);
      return as === 'asff' ? asffTwin({ ...said, ...noted }) : ocsfTwin({ ...said, ...noted });
    });
const saidOfCheck = {
  finding: fc.constantFrom('e', 'f'),
  times,
  note,
  archived: fc.boolean(),
  compliance: fc.constantFrom('PASSED', 'FAILED', 'FAILED', 'WARNING'),
  standard: fc.constantFrom('consolidated', 'cis'),
} as const;
const check = fc
  .record(saidOfCheck)
  .map(({ times: { updated, late }, note: noted, ...rest }) =>
    control({ ...rest, ...noted, updated, sent: updated + late }),
  );
/** Below HIGH some of them, for cards that are not wanted. */
const gradedCheck = fc
  .record({ ...saidOfCheck, label: fc.constantFrom('MEDIUM', 'HIGH') })
  .map(({ times: { updated, late }, note: noted, ...rest }) =>
    control({ ...rest, ...noted, updated, sent: updated + late }),
  );

const gradedDeliveries = fc.array(fc.oneof(threat(fc.boolean()), gradedCheck), { minLength: 1, maxLength: 7 });

/** The same set in two orders. */
const inTwoOrders = (sets: fc.Arbitrary<string[]>) =>
  sets.chain((set) =>
    fc.record({
      set: fc.constant(set),
      shuffled: fc.shuffledSubarray(set, { minLength: set.length }),
    }),
  );

const AFTER_ALL = at(40 * DAY);

async function stateAfter(bodies: readonly string[]): Promise<FinalState> {
  // What is older and below HIGH has no card.
  const store = plainStore(() => AFTER_ALL, at(2 * DAY));
  await deliverAll(depsOn(store), bodies);
  return finalState(store, keysOf(bodies));
}

describe('the order of arrival does not matter', () => {
  it(`for any small set of deliveries, seed ${SEED}`, { timeout: 120_000 }, async () => {
    const property = fc.asyncProperty(inTwoOrders(gradedDeliveries), async ({ set, shuffled }) => {
      expect(await stateAfter(shuffled)).toEqual(await stateAfter(set));
    });
    await fc.assert(property, { seed: SEED, numRuns: RUNS });
  });

  it(`for what comes after a person's resolution, seed ${SEED}`, { timeout: 120_000 }, async () => {
    const resolvedAt = at(2 * DAY);
    const ending = async (before: readonly string[], rest: readonly string[]): Promise<FinalState> => {
      const store = plainStore(() => resolvedAt);
      const deps = depsOn(store);
      await deliverAll(deps, before);
      await resolveAll(deps, 'fixed');
      await deliverAll(deps, rest);
      return finalState(store, keysOf([...before, ...rest]));
    };
    // Not of findings that move to another key after that: ADR 6 says what then depends on the order.
    const deliveries = fc.array(fc.oneof(threat(fc.constant(false)), check), { minLength: 1, maxLength: 7 });
    const property = fc.asyncProperty(deliveries, inTwoOrders(deliveries), async (before, { set, shuffled }) => {
      expect(await ending(before, shuffled)).toEqual(await ending(before, set));
    });
    await fc.assert(property, { seed: SEED, numRuns: RUNS });
  });
});
