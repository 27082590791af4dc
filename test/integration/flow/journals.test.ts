import { expect, it } from 'vitest';
import { recordedJournals, replay } from '../../support/journals.ts';
import { memoryStore } from '../../support/memory-store.ts';

const JOURNALS = recordedJournals();

it('there are twenty, of requests that wait and of runs that had begun, each name for itself', () => {
  expect(JOURNALS).toHaveLength(20);
  expect(JOURNALS.filter(({ isPending }) => isPending)).toHaveLength(3);
  expect(JOURNALS.filter(({ rows, runId }) => rows.journal.some((row) => row['run_id'] === runId))).toHaveLength(13);
});

it.each(JOURNALS.map((journal) => [journal.name, journal] as const))(
  '%s goes on as it was recorded, or turns stale and says why',
  async (_, journal) => {
    const replayed = await replay(await memoryStore(), journal);
    expect(replayed).toMatchObject({ missing: 0, extra: 0 });
    expect(replayed.outcome, replayed.why).not.toBe('different');
    if (replayed.outcome === 'stale') expect(replayed.why).toMatch(/^stale: \S/);
  },
);
