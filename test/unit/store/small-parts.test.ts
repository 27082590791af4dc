import { describe, expect, it } from 'vitest';
import { SYSTEM } from '../../../src/domain/audit.ts';
import { CHAIN_START, nextRow, verifyChain } from '../../../src/store/audit-chain.ts';
import { MIN_FREE_BYTES, roomCheck } from '../../../src/store/disk-space.ts';
import { syncingStartParams } from '../../../src/store/fsync-node-fs.ts';
import { Mutex } from '../../../src/store/mutex.ts';
import { openPgPool } from '../../../src/store/pg-pool.ts';
import { beginsTransaction, endsTransaction } from '../../../src/store/pool.ts';
import { storable } from '../../../src/store/sql.ts';
import { sqlStateOf } from '../../../src/store/sql-state.ts';
import { assertOutsideTransaction, insideTransaction } from '../../../src/store/transaction-context.ts';

describe('the words around a transaction', () => {
  it.each(['BEGIN', ' begin isolation level serializable', 'START TRANSACTION'])('%s begins one', (text) =>
    expect(beginsTransaction(text)).toBe(true),
  );
  it.each(['SELECT 1', 'BEGINNING', 'SAVEPOINT a'])('%s begins none', (text) =>
    expect(beginsTransaction(text)).toBe(false),
  );
  it.each(['COMMIT', 'rollback', 'ROLLBACK TRANSACTION', 'END', 'ABORT'])('%s ends one', (text) =>
    expect(endsTransaction(text)).toBe(true),
  );
  it.each(['ROLLBACK TO a', 'ROLLBACK TO SAVEPOINT a', 'ROLLBACK WORK TO a', 'SELECT 1', 'ENDING'])(
    '%s ends none',
    (text) => expect(endsTransaction(text)).toBe(false),
  );
});

describe('the mutex', () => {
  it('lets in one at a time, in order', async () => {
    const mutex = new Mutex();
    const order: number[] = [];
    let inside = 0;
    const work = async (n: number): Promise<void> => {
      const end = await mutex.acquire();
      inside += 1;
      expect(inside).toBe(1);
      await Promise.resolve();
      order.push(n);
      inside -= 1;
      end();
    };
    await Promise.all([1, 2, 3, 4].map(work));
    expect(order).toEqual([1, 2, 3, 4]);
  });
});

describe('the mark of a transaction', () => {
  it('is on what runs inside, and off what it leaves running', async () => {
    let late: () => void = () => undefined;
    let left: Promise<void> = Promise.resolve();
    await insideTransaction(async () => {
      expect(() => assertOutsideTransaction('It')).toThrow('It was used inside a transaction');
      left = new Promise<void>((resolve) => {
        late = resolve;
      }).then(() => assertOutsideTransaction('It'));
    });
    assertOutsideTransaction('It');
    late();
    await left;
  });
});

describe('text for the database', () => {
  it('loses what PostgreSQL cannot hold', () => {
    expect(storable('a\0b\ud800c')).toBe('a\uFFFDb\uFFFDc');
    expect([storable(1), storable(null), storable('é🛡')]).toEqual([1, null, 'é🛡']);
  });
});

describe('the room on the disk', () => {
  it('is enough or an error that says how much', async () => {
    await roomCheck('/x', async () => MIN_FREE_BYTES)();
    const check = roomCheck('/x', async () => MIN_FREE_BYTES - 1);
    await expect(check()).rejects.toMatchObject({
      code: 'disk_full',
      message: 'Only 255 MB are free where /x is; 256 MB are needed.',
    });
  });

  it('is not looked up at every change', async () => {
    let looks = 0;
    const check = roomCheck('/x', async () => {
      looks += 1;
      return MIN_FREE_BYTES;
    });
    for (let i = 0; i < 5; i += 1) await check();
    expect(looks).toBe(1);
  });
});

describe('start-up of the embedded database', () => {
  it('asks for syncing', () => {
    const params = syncingStartParams(['--single', '-F', '-O']);
    expect(params).not.toContain('-F');
    expect(params).toContain('wal_sync_method=fsync');
  });
});

describe('an address of a database', () => {
  it.each(['nonsense', 'mysql://x/y', 'https://x'])('%s is refused', (url) => {
    expect(() => openPgPool(url)).toThrow(expect.objectContaining({ code: 'database_url_invalid' }));
  });
});

describe('an error of the database', () => {
  it('is known by its SQLSTATE', () => {
    expect(sqlStateOf(Object.assign(new Error('x'), { code: '40001' }))).toBe('40001');
    expect([
      sqlStateOf(Object.assign(new Error('x'), { code: 'ECONNREFUSED' })),
      sqlStateOf('40001'),
      sqlStateOf(new Error('x')),
    ]).toEqual([undefined, undefined, undefined]);
  });
});

describe('the chain', () => {
  const entry = { event: 'system.started', actor: SYSTEM, subject: 's', details: { b: 1, a: [null] } } as const;
  const first = nextRow(CHAIN_START, entry, '2026-11-22T08:00:00.000Z');
  const second = nextRow(first, entry, '2026-11-22T08:00:01.000Z');

  it('links each row to the one before', () => {
    expect(first).toMatchObject({ seq: 1, prevHash: '0'.repeat(64) });
    expect(second).toMatchObject({ seq: 2, prevHash: first.hash });
    expect(verifyChain([first, second])).toEqual({ ok: true, head: { seq: 2, hash: second.hash } });
    expect(verifyChain([second], first)).toMatchObject({ ok: true });
  });

  it('does not depend on the order of keys', () => {
    const other = nextRow(CHAIN_START, { ...entry, details: { a: [null], b: 1 } }, first.at);
    expect(other.hash).toBe(first.hash);
  });

  it('names the first row that is wrong', () => {
    expect(verifyChain([second])).toMatchObject({ ok: false, seq: 1 });
    expect(verifyChain([first, { ...second, subject: 't' }])).toMatchObject({ ok: false, seq: 2 });
    expect(verifyChain([first, first])).toMatchObject({ ok: false, seq: 1 });
  });

  it('shows a row that was written anew with a hash of its own: the next does not follow from it', () => {
    const third = nextRow(second, entry, second.at);
    const forged = nextRow(first, { ...entry, subject: 't' }, second.at);
    expect(verifyChain([first, forged])).toMatchObject({ ok: true });
    expect(verifyChain([first, forged, third])).toMatchObject({ ok: false, seq: 3 });
  });
});
