import type { Requirement } from '../domain/approval.ts';
import { messageOf } from '../domain/errors.ts';
import { sha256 } from '../domain/json.ts';
import type { Deps } from '../ports.ts';

/** How many people are told at once when something is to be decided; they stand in the request too. */
const ASKED_AT_ONCE = 3;

/** Another order for each request and the same one everywhere for one: over many requests everybody comes first equally often, without a memory of whose turn it is. */
function inTurn(approvalId: string, people: readonly string[]): readonly string[] {
  const turn = (person: string) => sha256(`${approvalId} ${person}`);
  return [...new Set(people)].sort((a, b) => (turn(a) < turn(b) ? -1 : 1));
}

/** Everybody who may decide, but the one who asks, in turn. */
export function whoMayDecide(requirement: Requirement, requestedBy: string, approvalId: string): readonly string[] {
  const all = requirement.slots.flatMap(({ from }) => from).filter((person) => person !== requestedBy);
  return inTurn(approvalId, all);
}

/** Up to three, such that together they can fill as many slots as three can: an owner is among them where the owner is needed. */
export function firstAsked(requirement: Requirement, requestedBy: string, approvalId: string): readonly string[] {
  const may = whoMayDecide(requirement, requestedBy, approvalId);
  const chosen = new Set<string>();
  // The slot that fewest can fill goes first.
  for (const slot of [...requirement.slots].sort((a, b) => a.from.length - b.from.length)) {
    let filling = slot.from.filter((person) => chosen.has(person)).length;
    for (const person of may.filter((one) => slot.from.includes(one))) {
      if (filling >= slot.n || chosen.size >= ASKED_AT_ONCE) break;
      if (!chosen.has(person)) filling += 1;
      chosen.add(person);
    }
  }
  for (const person of may) {
    if (chosen.size >= ASKED_AT_ONCE) break;
    chosen.add(person);
  }
  return [...chosen];
}

/** Who turned out to be no full member is passed over, this often at most. */
const ROUNDS = 5;

/** As `firstAsked`, without those whom Slack does not know as full members now. Who cannot be looked up is asked: a message decides nothing. */
export async function whomToAsk(
  deps: Pick<Deps, 'people' | 'log'>,
  requirement: Requirement,
  requestedBy: string,
  approvalId: string,
): Promise<readonly string[]> {
  const strangers = new Set<string>();
  let chosen = firstAsked(requirement, requestedBy, approvalId);
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = strangers.size;
    for (const person of chosen) if (!(await isMember(deps, person))) strangers.add(person);
    if (strangers.size === before) return chosen;
    const slots = requirement.slots.map((slot) => ({
      ...slot,
      from: slot.from.filter((person) => !strangers.has(person)),
    }));
    chosen = firstAsked({ ...requirement, slots }, requestedBy, approvalId);
  }
  return chosen;
}

/** True also when nobody can say just now: nothing is decided by it. */
export async function isMember(deps: Pick<Deps, 'people' | 'log'>, personId: string): Promise<boolean> {
  try {
    return (await deps.people.lookUp(personId)).ok;
  } catch (error) {
    deps.log.warn({ personId, err: messageOf(error) }, 'somebody who may decide could not be looked up');
    return true;
  }
}
