import { describe, expect, it } from 'vitest';
import type { PgPool, PgRow } from '../../../src/store/pool.ts';
import { fresh, until } from '../rows.ts';

/** What both pools promise: the same JavaScript values, transactions that hold, notifications that arrive. */
export function poolContract(pool: () => PgPool): void {
  const one = async (text: string, values?: readonly unknown[]): Promise<PgRow | undefined> =>
    (await pool().query(text, values)).rows[0];

  describe('values', () => {
    it.each([
      ['int4', 'SELECT 7::int4 AS v', 7],
      ['int8 as text', 'SELECT 9007199254740993::int8 AS v', '9007199254740993'],
      ['numeric as text', 'SELECT 1.10::numeric AS v', '1.10'],
      ['float8', 'SELECT 1.5::float8 AS v', 1.5],
      ['bool', 'SELECT true AS v', true],
      ['text', `SELECT 'é ✓' AS v`, 'é ✓'],
      ['null', 'SELECT NULL AS v', null],
      ['json', `SELECT '{"a":[1]}'::json AS v`, { a: [1] }],
      ['jsonb', `SELECT '{"a":[1]}'::jsonb AS v`, { a: [1] }],
      ['text[]', `SELECT ARRAY['a','b'] AS v`, ['a', 'b']],
      ['timestamptz', `SELECT '2026-11-22T08:00:00.123Z'::timestamptz AS v`, new Date('2026-11-22T08:00:00.123Z')],
      ['bytea', `SELECT '\\x00ff'::bytea AS v`, Buffer.from([0, 255])],
    ])('%s', async (_, text, expected) => {
      expect((await one(text))?.['v']).toEqual(expected);
      expect((await one(text, []))?.['v']).toEqual(expected);
    });

    it.each([
      ['a number', 7, '7'],
      ['a text', 'x', 'x'],
      ['a date', new Date('2026-11-22T08:00:00.000Z'), undefined],
      ['an object as json', { a: 1 }, '{"a":1}'],
      ['an array', ['a', 'b "c"'], '{"a","b \\"c\\""}'],
      ['null', null, null],
    ])('takes %s', async (_, value, expected) => {
      const got = (await one('SELECT $1::text AS v', [value]))?.['v'];
      if (expected === undefined)
        expect(new Date(String(got)).getTime()).toBe(new Date('2026-11-22T08:00:00.000Z').getTime());
      else expect(got).toBe(expected);
    });

    it('takes bytes with a zero in them', async () => {
      const bytes = Buffer.from([0, 1, 255]);
      expect((await one('SELECT $1::bytea AS v', [bytes]))?.['v']).toEqual(bytes);
    });
  });

  it('tells the command and how many rows it touched', async () => {
    await pool().query('CREATE TABLE public.counted (id int)');
    expect(await pool().query('INSERT INTO public.counted VALUES (1), (2), (3)')).toMatchObject({
      command: 'INSERT',
      rowCount: 3,
      rows: [],
    });
    expect(await pool().query('UPDATE public.counted SET id = id WHERE id > $1', [1])).toMatchObject({
      command: 'UPDATE',
      rowCount: 2,
    });
    expect(
      await pool().query({ text: 'SELECT * FROM public.counted WHERE id = $1', values: [9], name: 'by-id' }),
    ).toMatchObject({ rowCount: 0 });
    await pool().query('DROP TABLE public.counted');
  });

  it('runs several statements in one text', async () => {
    await pool().query(
      'CREATE TABLE public.several (id int); INSERT INTO public.several VALUES (1); INSERT INTO public.several VALUES (2);',
    );
    expect((await one('SELECT count(*) AS v FROM public.several'))?.['v']).toBe('2');
    await pool().query('DROP TABLE public.several');
  });

  it('carries the SQLSTATE and goes on after an error', async () => {
    await expect(pool().query('SELECT * FROM nowhere_at_all')).rejects.toMatchObject({ code: '42P01' });
    await expect(pool().query('SELECT $1::int', ['x'])).rejects.toMatchObject({ code: '22P02' });
    expect((await one('SELECT $1::int AS v', ['5']))?.['v']).toBe(5);
  });

  it('uses a prepared statement again after its table has changed', async () => {
    await pool().query('CREATE TABLE public.changing (a int)');
    const text = 'SELECT * FROM public.changing WHERE a >= $1';
    await pool().query(text, [0]);
    await pool().query('ALTER TABLE public.changing ADD COLUMN b int');
    await pool()
      .query(text, [0])
      .catch(() => undefined);
    expect(await pool().query(text, [0])).toMatchObject({ rowCount: 0 });
    await pool().query('DROP TABLE public.changing');
  });

  it('keeps a transaction to its client, and undoes it when the client is given back', async () => {
    const table = `public.${fresh('t').replaceAll('-', '_').toLowerCase()}`;
    await pool().query(`CREATE TABLE ${table} (id int)`);
    const client = await pool().connect();
    await client.query('BEGIN');
    await client.query(`INSERT INTO ${table} VALUES (1)`);
    client.release();
    expect((await one(`SELECT count(*) AS v FROM ${table}`))?.['v']).toBe('0');
    const second = await pool().connect();
    await second.query('BEGIN');
    await second.query(`INSERT INTO ${table} VALUES (2)`);
    await second.query('SAVEPOINT s');
    await second.query('ROLLBACK TO SAVEPOINT s');
    await second.query('COMMIT');
    second.release();
    expect((await one(`SELECT count(*) AS v FROM ${table}`))?.['v']).toBe('1');
    await pool().query(`DROP TABLE ${table}`);
  });

  it('does not mix two transactions', async () => {
    const table = `public.${fresh('t').replaceAll('-', '_').toLowerCase()}`;
    await pool().query(`CREATE TABLE ${table} (who text)`);
    const work = async (who: string, commit: boolean): Promise<void> => {
      const client = await pool().connect();
      await client.query('BEGIN');
      for (let i = 0; i < 5; i += 1) await client.query(`INSERT INTO ${table} VALUES ($1)`, [who]);
      await client.query(commit ? 'COMMIT' : 'ROLLBACK');
      client.release();
    };
    await Promise.all([work('a', true), work('b', false), work('c', true), work('d', false)]);
    const { rows } = await pool().query(`SELECT who, count(*)::int AS n FROM ${table} GROUP BY who ORDER BY who`);
    expect(rows).toEqual([
      { who: 'a', n: 5 },
      { who: 'c', n: 5 },
    ]);
    await pool().query(`DROP TABLE ${table}`);
  });

  it('brings a notification to whoever listens', async () => {
    const listener = await pool().connect();
    const heard: (string | undefined)[] = [];
    listener.on('notification', ({ channel, payload }) => {
      if (channel === 'doorbell') heard.push(payload);
    });
    await listener.query('LISTEN doorbell');
    await pool().query(`SELECT pg_notify('doorbell', 'ding')`);
    await until(() => heard.length === 1);
    expect(heard).toEqual(['ding']);
    listener.release(true);
  });

  it('finds our tables without a schema name', async () => {
    expect((await one('SHOW search_path'))?.['search_path']).toMatch(/^cordon, ?bullmq, ?public$/);
  });

  it('lets the event loop turn between queries', async () => {
    let turns = 0;
    const timer = setInterval(() => {
      turns += 1;
    }, 1);
    const end = performance.now() + 200;
    while (performance.now() < end) await pool().query('SELECT 1');
    clearInterval(timer);
    expect(turns).toBeGreaterThan(5);
  });
}
