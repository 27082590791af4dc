import fc from 'fast-check';
import { PEOPLE } from '../world/people.ts';
import { MOMENTS, type Order } from '../world/process.ts';

export const process = fc.nat({ max: 2 });
/** Which of several, whatever their number turns out to be. */
export const pick = fc.nat({ max: 7 });
export const person = fc.constantFrom(...PEOPLE);
/** Mostly somebody who may decide, so that things get done. */
export const decider = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('U0ALICE', 'U0DAVE', 'U0BO', 'U0CAROL') },
  { weight: 1, arbitrary: person },
);
export const responder = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('U0RINA', 'U0SAM') },
  { weight: 1, arbitrary: person },
);

/** Seldom met moments are drawn as often as those that every read goes through. */
const named: fc.Arbitrary<Order> = fc.record({
  what: fc.constantFrom('crash', 'crash', 'pause', 'pause', 'fail'),
  moment: fc.constantFrom(...MOMENTS, 'aws.send', 'aws.sent', 'aws.session', 'tx.done'),
  nth: fc.integer({ min: 1, max: 3 }),
});
const anywhere: fc.Arbitrary<Order> = fc.record({
  what: fc.constantFrom('crash', 'crash', 'pause', 'fail'),
  moment: fc.constant('any' as const),
  nth: fc.integer({ min: 1, max: 70 }),
});
/** How a piece of work is interrupted; mostly it is not. */
export const order: fc.Arbitrary<Order | null> = fc.oneof(
  { weight: 6, arbitrary: fc.constant(null) },
  { weight: 3, arbitrary: named },
  { weight: 2, arbitrary: anywhere },
);

/** In the middle of a run's work: about sixty moments from the claim to the end. */
export const inARun: fc.Arbitrary<Order> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({
      what: fc.constantFrom('crash', 'pause'),
      moment: fc.constant('any' as const),
      nth: fc.integer({ min: 5, max: 110 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      what: fc.constantFrom('crash', 'pause', 'pause', 'fail'),
      moment: fc.constantFrom(
        'aws.send',
        'aws.sent',
        'aws.session',
        'aws.read',
        'tx.begin',
        'tx.done',
        'tx.commit',
        'tx.op',
      ),
      nth: fc.integer({ min: 1, max: 4 }),
    }),
  },
);
