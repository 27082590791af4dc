import { z } from 'zod';
import { CordonError } from '../../domain/errors.ts';
import type { JournalEntry } from '../../domain/run.ts';
import type { Repositories } from '../../ports.ts';
import { allOf, document, Instant, type Sql, written } from '../sql.ts';

const Row = z
  .object({
    run_id: z.string(),
    step_index: z.number(),
    step_id: z.string(),
    state: z.enum(['intent', 'done', 'failed']),
    read_back: z.boolean(),
    request_id: z.string().nullable(),
    outputs: written<JournalEntry['outputs']>(),
    error: z.string().nullable(),
    fence: z.number(),
    intent_at: Instant,
    done_at: Instant.nullable(),
  })
  .transform(
    (row): JournalEntry => ({
      runId: row.run_id,
      stepIndex: row.step_index,
      stepId: row.step_id,
      state: row.state,
      readBack: row.read_back,
      requestId: row.request_id,
      outputs: row.outputs,
      error: row.error,
      fence: row.fence,
      intentAt: row.intent_at,
      doneAt: row.done_at,
    }),
  );

/** One row a step. Every write needs the run's present fence: a worker that lost the run writes nothing, and is told by CordonError `fence_lost`. */
export function journal(sql: Sql): Repositories['journal'] {
  return {
    async ofRun(runId) {
      return allOf(Row, await sql.ask('SELECT * FROM cordon.journal WHERE run_id = $1 ORDER BY step_index', [runId]));
    },
    async since(at) {
      return allOf(
        Row,
        await sql.ask('SELECT * FROM cordon.journal WHERE intent_at >= $1 ORDER BY intent_at, run_id, step_index', [
          at,
        ]),
      );
    },
    async intent(runId, stepIndex, stepId, fence) {
      await assertFence(sql, runId, fence);
      const text = `INSERT INTO cordon.journal (run_id, step_index, step_id, state, fence) VALUES ($1, $2, $3, 'intent', $4) ON CONFLICT DO NOTHING`;
      return (await sql.change(text, [runId, stepIndex, stepId, fence])).rowCount === 1;
    },
    async done(runId, stepIndex, { requestId, outputs, readBack, fence }) {
      await assertFence(sql, runId, fence);
      const text = `UPDATE cordon.journal SET state = 'done', request_id = $3, outputs = $4, read_back = $5, fence = $6, done_at = clock_timestamp()
        WHERE run_id = $1 AND step_index = $2 AND state = 'intent'`;
      const { rowCount } = await sql.change(text, [runId, stepIndex, requestId, document(outputs), readBack, fence]);
      if (rowCount !== 1) throw noIntent(runId, stepIndex);
    },
    async failed(runId, stepIndex, error, fence) {
      await assertFence(sql, runId, fence);
      const text = `UPDATE cordon.journal SET state = 'failed', error = $3, fence = $4, done_at = clock_timestamp()
        WHERE run_id = $1 AND step_index = $2 AND state = 'intent'`;
      const { rowCount } = await sql.change(text, [runId, stepIndex, error, fence]);
      if (rowCount !== 1) throw noIntent(runId, stepIndex);
    },
  };
}

/** Holds the run's row until the transaction ends, so that no take-over comes between the look and the write. */
async function assertFence(sql: Sql, runId: string, fence: number): Promise<void> {
  const { rows } = await sql.change('SELECT 1 FROM cordon.run WHERE id = $1 AND fence = $2 FOR UPDATE', [runId, fence]);
  if (rows.length === 1) return;
  throw new CordonError('fence_lost', `Run ${runId} has been taken over by another worker.`, {
    hint: 'Nothing is to be done: the other worker goes on.',
  });
}

function noIntent(runId: string, stepIndex: number): CordonError {
  return new CordonError('journal_no_intent', `Step ${stepIndex + 1} of ${runId} has no open intent.`, {
    hint: 'Look at the run in the incident’s thread: the step has ended already or was never begun.',
  });
}
