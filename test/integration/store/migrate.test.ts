import { PGlite } from '@electric-sql/pglite';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { loadMigrations, migrate } from '../../../src/store/migrate.ts';
import { PglitePool } from '../../../src/store/pglite-pool.ts';
import { present } from '../../support/rows.ts';

describe('migrations', () => {
  let pool: PglitePool | undefined;
  const on = (): PglitePool => present(pool);
  const one = { number: 1, name: '001-one.sql', sql: 'CREATE TABLE cordon.one (id int);' };
  const two = {
    number: 2,
    name: '002-two.sql',
    sql: 'CREATE TABLE cordon.two (id int); INSERT INTO cordon.two VALUES (1);',
  };
  const tables = async () =>
    (await on().query(`SELECT tablename FROM pg_tables WHERE schemaname = 'cordon' ORDER BY 1`)).rows.map(
      ({ tablename }) => tablename,
    );

  beforeAll(async () => {
    pool = new PglitePool(await PGlite.create('memory://'));
  });
  beforeEach(async () => {
    await on().query('DROP SCHEMA IF EXISTS cordon CASCADE');
  });
  afterAll(() => pool?.end());

  it('are applied in order, once', async () => {
    expect(await migrate(on(), [one])).toEqual(['001-one.sql']);
    expect(await migrate(on(), [one, two])).toEqual(['002-two.sql']);
    expect(await migrate(on(), [one, two])).toEqual([]);
    expect(await tables()).toEqual(['one', 'schema_change', 'two']);
  });

  it('of the product apply to an empty database, also when two start together', async () => {
    const both = await Promise.all([migrate(on()), migrate(on())]);
    expect(both.flat()).toEqual(loadMigrations().map(({ name }) => name));
  });

  it('that fail leave nothing behind', async () => {
    const broken = { ...two, sql: 'CREATE TABLE cordon.two (id int); SELECT 1/0;' };
    await expect(migrate(on(), [one, broken])).rejects.toMatchObject({ code: '22012' });
    expect(await tables()).toEqual(['one', 'schema_change']);
    expect(await migrate(on(), [one, two])).toEqual(['002-two.sql']);
  });

  it('that were changed afterwards are refused by name', async () => {
    await migrate(on(), [one]);
    const changed = migrate(on(), [{ ...one, sql: `${one.sql} -- changed` }]);
    await expect(changed).rejects.toMatchObject({
      code: 'migration_changed',
      message: expect.stringContaining('001-one.sql'),
    });
  });

  it('of a newer version are refused', async () => {
    await migrate(on(), [one, two]);
    await expect(migrate(on(), [one])).rejects.toMatchObject({ code: 'schema_newer' });
  });
});
