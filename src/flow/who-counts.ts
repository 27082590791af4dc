import type { Requirement } from '../domain/approval.ts';
import type { Deps } from '../ports.ts';
import { isMember } from './ask-people.ts';

/** Look-ups at most for one request: a user group may have a thousand members, and only a few have to be found. */
const LOOK_UPS = 20;

/**
 * The requirement without those members of Slack user groups who turned out to be guests, bots, deactivated or of another organisation. Looks no further
 * than it takes to find enough others, so that a request which nobody could approve is refused at once; the vote looks at the voter again. Somebody who
 * cannot be looked up just now stays in: nothing is decided here.
 */
export async function withoutStrangers(
  deps: Pick<Deps, 'people' | 'log'>,
  requirement: Requirement,
  requestedBy: string,
): Promise<Requirement> {
  const strangers = new Set<string>();
  let left = LOOK_UPS;
  for (const slot of requirement.slots.filter(({ rule }) => rule !== undefined)) {
    let found = 0;
    for (const person of slot.from.filter((one) => one !== requestedBy)) {
      if (found >= requirement.people || left <= 0) break;
      left -= 1;
      if (await isMember(deps, person)) found += 1;
      else strangers.add(person);
    }
  }
  const slots = requirement.slots.map((slot) =>
    slot.rule === undefined ? slot : { ...slot, from: slot.from.filter((person) => !strangers.has(person)) },
  );
  return { ...requirement, slots };
}
