import { z } from 'zod';
import { ALIVE_SECONDS, type Figures, type Repositories } from '../../ports.ts';
import { allOf, Counter, Instant, onlyOf, type Sql } from '../sql.ts';

/** Beyond this a backlog is not counted to its end: it is far too long in any case. */
const COUNTED = 10_000;

const Age = z.coerce.number();
const Waiting = z.object({ count: Counter, oldest: Age });

/** Sums for metrics and for the health line. Each query reads an index of what is unfinished, or a table that has a row a thing people work on. */
export function figures(sql: Sql): Repositories['figures'] {
  const deliveries = async (state: string): Promise<z.infer<typeof Waiting>> => {
    const text = `SELECT count(*) AS count, coalesce(extract(epoch FROM clock_timestamp() - min(received_at)), 0) AS oldest
      FROM (SELECT received_at FROM cordon.delivery WHERE state = $1 ORDER BY received_at LIMIT ${COUNTED}) AS waiting`;
    return onlyOf(Waiting, await sql.ask(text, [state]), 'count of deliveries');
  };
  return {
    async now(): Promise<Figures> {
      const [received, quarantined] = [await deliveries('received'), await deliveries('quarantined')];
      return {
        deliveries: { waiting: received.count, oldestSeconds: received.oldest, quarantined: quarantined.count },
        lastDeliveryAt: await lastDelivery(sql),
        incidents: await grouped(sql, 'SELECT state, severity, count(*) AS count FROM cordon.incident GROUP BY 1, 2'),
        runs: await grouped(sql, 'SELECT state, count(*) AS count FROM cordon.run GROUP BY 1'),
        approvals: await grouped(sql, 'SELECT state, count(*) AS count FROM cordon.approval GROUP BY 1'),
        accounts: await grouped(
          sql,
          'SELECT purpose, state, count(*) AS count FROM cordon.account_health GROUP BY 1, 2',
        ),
        processes: await grouped(
          sql,
          `SELECT kind, slack, count(*) AS count FROM cordon.process WHERE seen_at > clock_timestamp() - make_interval(secs => ${ALIVE_SECONDS}) GROUP BY 1, 2`,
        ),
        feeds: await grouped(
          sql,
          `SELECT split_part(name, '.', 1) AS product,
             CASE WHEN last_error IS NOT NULL THEN 'failing' WHEN note IS NOT NULL THEN 'absent' ELSE 'ok' END AS state, count(*) AS count
           FROM cordon.feed GROUP BY 1, 2`,
        ),
        feedsOldest: await grouped(
          sql,
          `SELECT split_part(name, '.', 1) AS product,
             round(extract(epoch FROM clock_timestamp() - min(coalesce(last_ok_at, first_connect_at)))) AS count
           FROM cordon.feed WHERE note IS NULL GROUP BY 1`,
        ),
        messages: await undelivered(sql, "kind <> 'writeback'"),
        writeBacks: await undelivered(sql, "kind = 'writeback'"),
        outbox: await unsent(sql),
      };
    },
  };
}

/** From the end of the index of each state, whatever the table holds. */
async function lastDelivery(sql: Sql): Promise<string | null> {
  const newest = (state: string) => `(SELECT max(received_at) FROM cordon.delivery WHERE state = '${state}')`;
  const text = `SELECT greatest(${newest('received')}, ${newest('processed')}, ${newest('quarantined')}) AS at`;
  return onlyOf(z.object({ at: Instant.nullable() }), await sql.ask(text), 'last delivery').at;
}

async function grouped(sql: Sql, text: string): Promise<Figures['runs']> {
  const Row = z.looseObject({ count: Counter });
  return allOf(Row, await sql.ask(text)).map(({ count, ...labels }) => ({
    count,
    labels: Object.fromEntries(Object.entries(labels).map(([name, value]) => [name, String(value)])),
  }));
}

async function undelivered(sql: Sql, which: string): Promise<Figures['outbox']> {
  const text = `SELECT count(*) AS count, coalesce(extract(epoch FROM clock_timestamp() - min(waiting_since)), 0) AS oldest
    FROM cordon.message WHERE delivered_rev < desired_rev AND ${which}`;
  const row = onlyOf(Waiting, await sql.ask(text), 'count of messages');
  return { count: row.count, oldestSeconds: row.oldest };
}

async function unsent(sql: Sql): Promise<Figures['outbox']> {
  const text = `SELECT count(*) AS count, coalesce(extract(epoch FROM clock_timestamp() - min(created_at)), 0) AS oldest
    FROM (SELECT created_at FROM cordon.outbox WHERE sent_at IS NULL ORDER BY id LIMIT ${COUNTED}) AS waiting`;
  const row = onlyOf(Waiting, await sql.ask(text), 'count of work');
  return { count: row.count, oldestSeconds: row.oldest };
}
