import { beforeEach, describe, expect, it } from 'vitest';
import { resolve } from '../../../src/flow/close.ts';
import { ingest } from '../../../src/flow/ingest.ts';
import { triage } from '../../../src/flow/triage.ts';
import { at, control, DAY, guardDuty, type SaidOfControl } from '../../support/deliveries.ts';
import { deliver, onlyIncident, unwrap } from '../../support/flow-steps.ts';
import { flowWorld, RINA, type World } from '../../support/flow-world.ts';
import { memoryStore, type TestStore } from '../../support/memory-store.ts';

let store: TestStore;
let world: World;

beforeEach(async () => {
  store = await memoryStore();
  world = flowWorld(store);
  await store.sql('update cordon.deployment set first_connect_at = $1', [at(10 * DAY)]);
});

const OLD: SaidOfControl = { finding: 'a', updated: 2 * DAY, compliance: 'FAILED', label: 'MEDIUM' };

async function cards(): Promise<readonly string[]> {
  const { rows } = await store.pool.query(
    `select key from cordon.message where kind in ('card', 'reply') order by key`,
  );
  return rows.map((row) => String(row['key']).replace(/INC-[-\d]+/, 'INC'));
}

describe('what was there before the first connect', () => {
  it('is stored and listed below HIGH, and has no card', async () => {
    await deliver(world.deps, control(OLD));
    expect(await onlyIncident(world.deps)).toMatchObject({ state: 'open', severity: 'medium' });
    expect(await cards()).toEqual([]);
  });

  it.each([
    ['a HIGH one', control({ ...OLD, label: 'HIGH' })],
    ['a newer one', control({ ...OLD, updated: 11 * DAY })],
    ['a threat', guardDuty({ finding: 'a', updated: 2 * DAY, severity: 2 })],
  ])('has a card all the same: %s', async (_, body) => {
    await deliver(world.deps, body);
    expect(await cards()).toEqual(['card:INC']);
  });

  it.each([
    ['an update', control({ ...OLD, updated: 11 * DAY })],
    ['another finding that is HIGH', control({ ...OLD, finding: 'b', label: 'HIGH', group: 'sg-0a1b2c3d4e5f60719' })],
  ])('gets its card by %s, whichever comes first', async (_, body) => {
    for (const order of [
      [control(OLD), body],
      [body, control(OLD)],
    ]) {
      store = await memoryStore();
      world = flowWorld(store);
      for (const one of order) await deliver(world.deps, one);
      expect((await cards()).includes('card:INC')).toBe(true);
    }
  });

  it('gets its card by an update that changes nothing else, not even when it was last observed', async () => {
    const observed = (updated: number): string =>
      control({ ...OLD, updated }).replace('"Title"', `"LastObservedAt":"${at(DAY)}","Title"`);
    await deliver(world.deps, observed(2 * DAY));
    expect(await cards()).toEqual([]);
    await deliver(world.deps, observed(11 * DAY));
    expect(await cards()).toEqual(['card:INC']);
  });

  it('ends as quietly when it is settled at its source, and a recurrence cards it', async () => {
    await deliver(world.deps, control(OLD));
    await deliver(world.deps, control({ ...OLD, updated: 3 * DAY, compliance: 'PASSED' }));
    expect(await onlyIncident(world.deps)).toMatchObject({ state: 'resolved' });
    expect(await cards()).toEqual([]);
    await deliver(world.deps, control({ ...OLD, updated: 12 * DAY }));
    expect(await cards()).toEqual(['card:INC']);
  });

  it('shows its card to whoever takes it up or puts it in by hand', async () => {
    const { id } = await ingest(world.deps, { transport: 'cli', transportId: 'a.json', body: control(OLD) });
    await triage(world.deps, id);
    expect(await cards()).toEqual(['card:INC']);
  });

  it('is resolved by a person without a word', async () => {
    await deliver(world.deps, control(OLD));
    const { id } = await onlyIncident(world.deps);
    unwrap(await resolve(world.deps, RINA, { incidentId: id, resolution: 'accepted-risk', note: 'known' }));
    expect(await cards()).toEqual([]);
  });
});
