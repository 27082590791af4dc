import { PGlite } from '@electric-sql/pglite';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { sightingOf } from '../../../src/domain/sighting.ts';
import { loadMigrations, migrate } from '../../../src/store/migrate.ts';
import { PglitePool } from '../../../src/store/pglite-pool.ts';
import { repositories } from '../../../src/store/repositories/index.ts';
import { sqlOn } from '../../../src/store/sql.ts';
import { present, someFinding } from '../../support/rows.ts';

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

  it('make a sighting of each finding that is there, and keep who resolved what', async () => {
    const from = loadMigrations().findIndex(({ name }) => name.endsWith('-sightings.sql'));
    await migrate(on(), loadMigrations().slice(0, from));
    const document = {
      ...someFinding({ key: 'f', lastSeenAt: '2026-11-23T00:00:00.000Z' }),
      workflow: 'NOTIFIED' as const,
      noteBy: 'cordon',
    };
    await on().query(
      `INSERT INTO cordon.incident (id, correlation_key, kind, source, state, severity, title, subject, account_id, region, playbook_id, rung, why, sample,
         resolution, resolution_note, rev, reopened, first_seen_at, last_seen_at, opened_at, closed_at)
       VALUES ('INC-1', 'key', 'threat', 'guardduty', 'resolved', 'high', 't', 's', 'a', 'r', 'p', 'exact', 'w', false, 'fixed', 'note', 1, 0, $1, $1, $1, $1)`,
      [new Date('2026-11-24T00:00:00.000Z')],
    );
    await on().query(
      `INSERT INTO cordon.finding (key, incident_id, account_id, state, document) VALUES ('f', 'INC-1', 'a', 'active', $1)`,
      [JSON.stringify(document)],
    );
    await migrate(on());
    const { findings, incidents } = repositories(sqlOn(on(), false), () => undefined);
    const sighting = sightingOf(someFinding(document), 'high');
    expect(await findings.filedUnder('key')).toEqual([{ key: 'f', incidentId: 'INC-1', sightings: [sighting] }]);
    expect(await incidents.closings(['key'])).toEqual([
      { incidentId: 'INC-1', at: '2026-11-24T00:00:00.000Z', resolution: 'fixed', note: 'note', seen: null },
    ]);
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
