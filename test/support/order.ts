import { join } from 'node:path';
import { ACTIONS } from '../../src/actions/registry.generated.ts';
import type { Finding } from '../../src/domain/finding.ts';
import type { GivenResolution, Incident } from '../../src/domain/incident.ts';
import { resolve } from '../../src/flow/close.ts';
import { ingest } from '../../src/flow/ingest.ts';
import { triage } from '../../src/flow/triage.ts';
import { openPlaybooks, type Playbooks } from '../../src/playbooks/load.ts';
import type { Deps, Store } from '../../src/ports.ts';
import { projectRoot } from '../../src/project-root.ts';
import { readFindings } from '../../src/sources/read.ts';
import { unwrap } from './flow-steps.ts';
import { flowWorld, RINA } from './flow-world.ts';

/** Triage over the playbooks that the project ships, and whatever store is handed in. */
export async function orderWorld(): Promise<(store: Store) => Deps> {
  const playbooks: Playbooks = await openPlaybooks({
    directories: [join(projectRoot(import.meta.url), 'playbooks')],
    actions: ACTIONS.map(({ id }) => id),
  }).current();
  return (store) => {
    const { deps } = flowWorld(store);
    return { ...deps, lastGood: { settings: deps.lastGood.settings, playbooks: async () => playbooks } };
  };
}

let messages = 0;

export async function deliverAll(deps: Deps, bodies: readonly string[]): Promise<void> {
  for (const body of bodies) {
    messages += 1;
    const { id } = await ingest(deps, { transport: 'sqs', transportId: `in-order-${messages}`, body });
    await triage(deps, id);
  }
}

/** A person resolves whatever is open. */
export async function resolveAll(deps: Deps, resolution: GivenResolution): Promise<void> {
  for (const { id, state } of await deps.store.read.incidents.list({ limit: 100 }))
    if (state !== 'resolved') unwrap(await resolve(deps, RINA, { incidentId: id, resolution, note: 'seen to' }));
}

/** The keys of the findings in them. */
export function keysOf(bodies: readonly string[]): readonly string[] {
  return [...new Set(bodies.flatMap((body) => readFindings(body).findings.map(({ key }) => key)))];
}

/** All that must not depend on the order of arrival. */
export interface FinalState {
  readonly findings: readonly { readonly finding: Finding; readonly incident: string | null }[];
  readonly incidents: readonly object[];
  /** Incidents whose card is wanted. */
  readonly cards: readonly string[];
  readonly deliveries: Readonly<Record<string, number>>;
}

/**
 * Read out with incidents named by their key and beginning. Left out: ids and numbers, `rev` (how often a card changed), `openedAt` (when it was recorded),
 * and incidents marked as superseded, which are a trace of what was believed for a while, as audit rows and replies in a thread are.
 */
export async function finalState(store: Store, keys: readonly string[]): Promise<FinalState> {
  const all = await store.read.incidents.list({ limit: 100 });
  const incidents = all
    .filter(({ resolution }) => resolution !== 'superseded')
    .sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  const names = new Map(incidents.map((incident) => [incident.id, nameOf(incident)]));
  const findings: FinalState['findings'][number][] = [];
  for (const key of [...keys].sort()) {
    const stored = await store.read.findings.get(key);
    if (stored)
      findings.push({
        finding: stored.finding,
        incident: stored.incidentId && (names.get(stored.incidentId) ?? 'none'),
      });
  }
  const cards: string[] = [];
  for (const incident of incidents)
    if (await store.read.messages.get(`card:${incident.id}`)) cards.push(nameOf(incident));
  const deliveries: Record<string, number> = {};
  for (const { state } of await store.read.deliveries.list({ limit: 1000 }))
    deliveries[state] = (deliveries[state] ?? 0) + 1;
  return { findings, incidents: incidents.map(({ id, rev, openedAt, ...rest }) => rest), cards, deliveries };
}

function nameOf({ correlationKey, beganAt }: Incident): string {
  return `${correlationKey} ${beganAt}`;
}
