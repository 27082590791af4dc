import { PGlite } from '@electric-sql/pglite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PglitePool, type PglitePoolOptions } from '../../../src/store/pglite-pool.ts';
import { present, until } from '../../support/rows.ts';

describe('the pool on the embedded database', () => {
  let db: PGlite | undefined;
  const pool = (options: PglitePoolOptions = {}): PglitePool => new PglitePool(present(db), options);
  /** The same session, but what it is asked next is never answered: how a full disk shows. */
  const silent = (): PGlite =>
    new Proxy(present(db), {
      get: (target, name) =>
        name === 'runExclusive' ? () => new Promise(() => undefined) : Reflect.get(target, name, target),
    });

  beforeAll(async () => {
    db = await PGlite.create('memory://');
  });
  afterAll(() => db?.close());

  it('gives up on a database that does not answer, refuses everything from then on, and says so', async () => {
    const stuck = new PglitePool(silent(), { queryDeadlineMs: 50 });
    const told: string[] = [];
    stuck.on('error', (error) => told.push(error.message));
    const waiting = stuck.query('SELECT 2');
    const first = stuck.query('SELECT 1');
    await expect(waiting).rejects.toMatchObject({ code: 'store_unresponsive' });
    await expect(first).rejects.toMatchObject({ code: 'store_unresponsive' });
    await expect(stuck.query('SELECT 3')).rejects.toMatchObject({ code: 'store_unresponsive' });
    await expect(stuck.connect()).rejects.toMatchObject({ code: 'store_unresponsive' });
    await stuck.end();
    expect(told).toHaveLength(1);
  });

  it('refuses everything after the database has given up', async () => {
    const panic = Object.assign(new Error('could not write the checkpoint'), { severity: 'PANIC', code: '53100' });
    const broken = new PglitePool(
      new Proxy(present(db), {
        get: (target, name) =>
          name === 'runExclusive' ? () => Promise.reject(panic) : Reflect.get(target, name, target),
      }),
    );
    await expect(broken.query('CHECKPOINT')).rejects.toBe(panic);
    await expect(broken.query('SELECT 1')).rejects.toMatchObject({ code: 'store_unresponsive' });
  });

  it('does not count the time that a query waits for its turn', async () => {
    const busy = pool({ queryDeadlineMs: 200 });
    const client = await busy.connect();
    await client.query('BEGIN');
    const waiting = busy.query('SELECT 1 AS v');
    const end = performance.now() + 400;
    await until(() => performance.now() > end);
    await client.query('COMMIT');
    expect((await waiting).rows).toEqual([{ v: 1 }]);
    client.release();
  });

  it('rolls a transaction back that is left open without a query, so that others go on', async () => {
    const patient = pool({ idleInTransactionMs: 50 });
    await patient.query('CREATE TABLE public.left_open (id int)');
    const client = await patient.connect();
    await client.query('BEGIN');
    await client.query('INSERT INTO public.left_open VALUES (1)');
    expect((await patient.query('SELECT count(*)::int AS n FROM public.left_open')).rows).toEqual([{ n: 0 }]);
    await expect(client.query('COMMIT')).rejects.toMatchObject({ code: 'transaction_idle' });
    client.release();
  });

  it('refuses queries after its end, and ends once', async () => {
    const own = new PglitePool(await PGlite.create('memory://'));
    await own.query('SELECT 1');
    await Promise.all([own.end(), own.end()]);
    await expect(own.query('SELECT 1')).rejects.toMatchObject({ code: 'store_closed' });
  });
});
