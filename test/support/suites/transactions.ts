import { describe, expect, it } from 'vitest';
import { SYSTEM } from '../../../src/domain/audit.ts';
import { verifyAudit } from '../../../src/store/audit-chain.ts';
import type { OpenStore } from '../../../src/store/store.ts';
import { fresh, someFinding } from '../rows.ts';

/** Store.tx and the audit chain. */
export function transactionsSuite(open: () => OpenStore): void {
  const append = (subject: string, details = {}) =>
    open().tx((tx) => tx.audit.append({ event: 'system.started', actor: SYSTEM, subject, details }));

  describe('a transaction', () => {
    it('is undone when its work throws, the audit row with it', async () => {
      const finding = someFinding();
      const before = await open().read.audit.head();
      const work = open().tx(async (tx) => {
        await tx.findings.put(finding, null);
        await tx.audit.append({ event: 'finding.stored', actor: SYSTEM, subject: 'x', details: {} });
        throw new Error('changed my mind');
      });
      await expect(work).rejects.toThrow('changed my mind');
      expect(await open().read.findings.get(finding.key)).toBeUndefined();
      expect(await open().read.audit.head()).toEqual(before);
    });

    it('refuses what goes past it from within', async () => {
      await expect(open().tx(() => open().read.now())).rejects.toMatchObject({ code: 'inside_transaction' });
      await expect(open().tx(() => open().tx(async () => 1))).rejects.toMatchObject({ code: 'inside_transaction' });
      expect(await open().read.now()).toMatch(/^\d{4}-.*Z$/);
    });

    it('is needed for changes', async () => {
      const entry = { event: 'system.started', actor: SYSTEM, subject: 'x', details: {} } as const;
      await expect(open().read.audit.append(entry)).rejects.toMatchObject({ code: 'transaction_required' });
      await expect(open().read.findings.put(someFinding(), null)).rejects.toMatchObject({
        code: 'transaction_required',
      });
      await expect(open().read.killSwitch.stop('U', 'r')).rejects.toMatchObject({ code: 'transaction_required' });
    });

    it('is tried again when it lost a race, three times at most', async () => {
      let tries = 0;
      const lost = Object.assign(new Error('deadlock detected'), { code: '40P01' });
      const result = await open().tx(async () => {
        tries += 1;
        if (tries < 3) throw lost;
        return 'won';
      });
      expect([result, tries]).toEqual(['won', 3]);
      tries = 0;
      const hopeless = open().tx(async () => {
        tries += 1;
        throw lost;
      });
      await expect(hopeless).rejects.toBe(lost);
      expect(tries).toBe(4);
    });

    it('sees the clock move', async () => {
      const [first, second] = await open().tx(async (tx) => {
        const before = await tx.now();
        const end = performance.now() + 5;
        while (performance.now() < end) await tx.findings.count();
        return [before, await tx.now()];
      });
      expect(Date.parse(String(second))).toBeGreaterThan(Date.parse(String(first)));
    });
  });

  describe('the audit chain', () => {
    it('is whole after many writers at once, hostile text and all', async () => {
      const subject = fresh('run:');
      await Promise.all(
        Array.from({ length: 20 }, (_, i) =>
          append(subject, { i, text: 'a\u0000b \ud800 <!here>', deep: { z: 1, a: [1.5, null] } }),
        ),
      );
      await append(`${subject} \0`, { gone: undefined });
      const rows = await open().read.audit.ofSubject(subject, 100);
      expect(rows).toHaveLength(20);
      expect(rows.map(({ seq }) => seq)).toEqual([...rows.map(({ seq }) => seq)].sort((a, b) => a - b));
      expect(await verifyAudit(open().read.audit)).toMatchObject({ ok: true, head: await open().read.audit.head() });
    });

    it('cannot be changed, shortened or emptied', async () => {
      await append(fresh('x'));
      for (const text of [
        `UPDATE cordon.audit SET subject = 'y'`,
        'DELETE FROM cordon.audit',
        'TRUNCATE cordon.audit',
        'UPDATE cordon.audit_head SET seq = 0',
        'DELETE FROM cordon.audit_head',
        'TRUNCATE cordon.audit_head',
      ])
        await expect(open().pool.query(text), text).rejects.toMatchObject({ code: 'CD001' });
    });
  });
}
