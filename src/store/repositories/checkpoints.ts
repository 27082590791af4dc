import { z } from 'zod';
import { Checkpoint } from '../../domain/checkpoint.ts';
import type { Repositories } from '../../ports.ts';
import { allOf, document, firstOf, type Sql } from '../sql.ts';

const Row = z.object({ document: Checkpoint }).transform((row) => row.document);
const SELECT = 'SELECT document FROM cordon.checkpoint';

/** Checkpoints of the audit chain and the places that each has reached. */
export function checkpoints(sql: Sql): Repositories['checkpoints'] {
  return {
    async insert(checkpoint) {
      const text = 'INSERT INTO cordon.checkpoint (seq, document) VALUES ($1, $2) ON CONFLICT (seq) DO NOTHING';
      await sql.change(text, [checkpoint.seq, document(checkpoint)]);
    },
    async newest(olderThanDays = 0) {
      const text = `${SELECT} WHERE made_at <= clock_timestamp() - make_interval(days => $1) ORDER BY seq DESC LIMIT 1`;
      return firstOf(Row, await sql.ask(text, [olderThanDays]));
    },
    async undelivered(place, limit) {
      const text = `${SELECT} WHERE (delivered ->> $1) IS NULL ORDER BY seq LIMIT $2`;
      return allOf(Row, await sql.ask(text, [place, limit]));
    },
    async delivered(seq, place) {
      const text = `UPDATE cordon.checkpoint
        SET delivered = (delivered::jsonb || jsonb_build_object($2::text, clock_timestamp()))::json WHERE seq = $1`;
      await sql.note(text, [seq, place]);
    },
    async list() {
      return allOf(Row, await sql.ask(`${SELECT} ORDER BY seq`));
    },
    async get(seq) {
      return firstOf(Row, await sql.ask(`${SELECT} WHERE seq = $1`, [seq]));
    },
  };
}
