import { SEVERITIES } from '../domain/finding.ts';
import type { Incident } from '../domain/incident.ts';
import type { Sighting } from '../domain/sighting.ts';
import type { Repositories } from '../ports.ts';
import { announce } from './announce.ts';

/** What is said of an incident's findings while they are active. */
export type Said = Pick<Sighting, 'kind' | 'severity' | 'updatedAt'>;

/**
 * A new deployment finds thousands of old failed checks. What was there before Cordon first connected, is below HIGH and no threat, is stored and listed and has no card,
 * until something newer or worse is said of it or a person takes it up. It follows from what was said, never from the order in which it arrived.
 */
function isLoud({ kind, severity, updatedAt }: Said, firstConnectAt: string): boolean {
  return isLoudAnyway({ kind, severity }) || updatedAt >= firstConnectAt;
}

function isLoudAnyway({ kind, severity }: Pick<Said, 'kind' | 'severity'>): boolean {
  return kind === 'threat' || SEVERITIES.indexOf(severity) <= SEVERITIES.indexOf('high');
}

/** Wants the card to show the newest state, unless the incident is quiet; false when it is. A card that is there is kept true. */
export async function announceUnlessQuiet(
  tx: Repositories,
  incident: Incident,
  said: readonly Said[],
): Promise<boolean> {
  const tell = (await isAnyLoud(tx, said)) || (await hasCard(tx, incident));
  if (tell) await announce(tx, incident);
  return tell;
}

/** What was said of an incident may have been said of another before: it gets its card when it has become loud by that. */
export async function announceWhenMissing(tx: Repositories, incident: Incident, said: readonly Said[]): Promise<void> {
  if ((await isAnyLoud(tx, said)) && !(await hasCard(tx, incident))) await announce(tx, incident);
}

/** False for an incident that nobody has been told of. */
export async function hasCard(tx: Repositories, { id }: Pick<Incident, 'id'>): Promise<boolean> {
  return (await tx.messages.get(`card:${id}`)) !== undefined;
}

async function isAnyLoud(tx: Repositories, said: readonly Said[]): Promise<boolean> {
  if (said.some(isLoudAnyway)) return true;
  const firstConnectAt = await tx.feeds.firstConnectAt();
  return said.some((one) => isLoud(one, firstConnectAt));
}
