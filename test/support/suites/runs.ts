import { describe, expect, it } from 'vitest';
import { planHash } from '../../../src/domain/plan.ts';
import type { OpenStore } from '../../../src/store/store.ts';
import { approvedRun, fresh, plannedRun, planningRun, present, requestedRun, somePlan, until } from '../rows.ts';

/** Runs, their journal, approvals and votes: everything that keeps one approval to one execution. */
export function runsSuite(open: () => OpenStore): void {
  const claim = (id: string, owner = 'w', leaseSeconds = 60) =>
    open().tx((tx) => tx.runs.claim(id, owner, leaseSeconds));
  const executing = async (leaseSeconds = 60) => {
    const { run, approval } = await approvedRun(open());
    return { run: present(await claim(run.id, 'first', leaseSeconds)), approval };
  };

  describe('runs', () => {
    it('take a plan once', async () => {
      const run = await planningRun(open());
      expect(run).toMatchObject({ state: 'planning', fence: 0, plan: null, planHash: null, rev: 1 });
      const plan = somePlan(run.id, run.incidentId);
      const set = () => open().tx((tx) => tx.runs.setPlan(run.id, plan, planHash(plan)));
      expect(await set()).toMatchObject({
        state: 'planned',
        plan,
        planHash: planHash(plan),
        plannedAt: expect.any(String),
      });
      expect(await set()).toBeUndefined();
    });

    it('keep their plan as it is, by the database itself', async () => {
      const run = await plannedRun(open());
      await expect(
        open().pool.query(`UPDATE cordon.run SET plan = '{"a":1}' WHERE id = $1`, [run.id]),
      ).rejects.toMatchObject({ code: 'CD002' });
      await expect(
        open().pool.query(`UPDATE cordon.run SET plan_hash = repeat('a', 64) WHERE id = $1`, [run.id]),
      ).rejects.toMatchObject({ code: 'CD002' });
    });

    it('change state only from where they are said to be', async () => {
      const run = await plannedRun(open());
      const move = (from: 'planned' | 'approved', to: 'cancelled' | 'stale') =>
        open().tx((tx) => tx.runs.setState(run.id, [from], to, 'because'));
      expect(await move('approved', 'stale')).toBeUndefined();
      expect(await move('planned', 'cancelled')).toMatchObject({
        state: 'cancelled',
        stateReason: 'because',
        finishedAt: expect.any(String),
        rev: run.rev + 1,
      });
      expect(await move('planned', 'cancelled')).toBeUndefined();
    });

    it('are claimed once of 20 who try at the same moment', async () => {
      const { run } = await approvedRun(open());
      const claims = await Promise.all(Array.from({ length: 20 }, (_, at) => claim(run.id, `w${at}`)));
      const winners = claims.filter((one) => one !== undefined);
      expect(winners).toHaveLength(1);
      expect(winners[0]).toMatchObject({ state: 'executing', fence: 1, attempt: 1, startedAt: expect.any(String) });
    });

    it('cannot execute without an approval of their plan', async () => {
      const run = await plannedRun(open());
      await open().tx((tx) => tx.runs.setState(run.id, ['planned'], 'approved', null));
      await expect(claim(run.id)).rejects.toMatchObject({ code: 'CD003' });
      const { run: other, approval } = await approvedRun(open());
      await open().tx((tx) => tx.approvals.setState(approval.id, ['approved'], 'expired', null));
      await expect(claim(other.id)).rejects.toMatchObject({ code: 'CD003' });
    });

    it('are taken over when the lease has run out, and the first holder then writes nothing', async () => {
      const { run } = await executing(0);
      const second = present(await claim(run.id, 'second'));
      expect(second).toMatchObject({ fence: 2, leaseOwner: 'second', state: 'executing', attempt: 2 });
      expect(await open().read.runs.renew(run.id, 1, 60)).toBe(false);
      expect(await open().tx((tx) => tx.runs.advance(run.id, 1, 'verified', null))).toBeUndefined();
      await expect(open().tx((tx) => tx.journal.intent(run.id, 0, 's', 1))).rejects.toMatchObject({
        code: 'fence_lost',
      });
      expect(await open().read.runs.renew(run.id, 2, 60)).toBe(true);
    });

    it('are not taken over while the lease holds', async () => {
      const { run } = await executing();
      expect(await claim(run.id, 'second')).toBeUndefined();
    });

    it('go on to verifying with their lease, and end without it', async () => {
      const { run } = await executing();
      expect(await open().tx((tx) => tx.runs.advance(run.id, 1, 'verifying', null))).toMatchObject({
        state: 'verifying',
        leaseOwner: 'first',
      });
      const ended = await open().tx((tx) => tx.runs.advance(run.id, 1, 'verified', null));
      expect(ended).toMatchObject({
        state: 'verified',
        leaseOwner: null,
        leaseUntil: null,
        finishedAt: expect.any(String),
      });
      expect(await open().tx((tx) => tx.runs.advance(run.id, 1, 'failed', null))).toBeUndefined();
      expect(await claim(run.id)).toBeUndefined();
      expect(await open().read.runs.renew(run.id, 1, 60)).toBe(false);
    });

    it('never lower their fence, by the database itself', async () => {
      const { run } = await executing();
      await expect(open().pool.query('UPDATE cordon.run SET fence = 0 WHERE id = $1', [run.id])).rejects.toMatchObject({
        code: 'CD003',
      });
    });

    it('wait for their time', async () => {
      const { run } = await approvedRun(open());
      await open().pool.query(`UPDATE cordon.run SET not_before = now() + interval '1 hour' WHERE id = $1`, [run.id]);
      expect(await claim(run.id)).toBeUndefined();
    });

    it('that nobody works on are found', async () => {
      const planning = await planningRun(open());
      const { run: approved } = await approvedRun(open());
      const { run: lost } = await executing(0);
      const { run: held } = await executing();
      const ids = async (grace: number) => (await open().read.runs.abandoned(grace, 10_000)).map(({ id }) => id);
      expect(await ids(0)).toEqual(expect.arrayContaining([planning.id, approved.id, lost.id]));
      expect(await ids(0)).not.toContain(held.id);
      expect(await ids(3_600)).toContain(lost.id);
      expect(await ids(3_600)).not.toContain(planning.id);
    });

    it('are free again after a restart of the only process', async () => {
      const { run } = await executing();
      expect(await open().read.runs.releaseAllLeases()).toBeGreaterThan(0);
      expect(await claim(run.id, 'second')).toMatchObject({ fence: 2 });
    });

    it('remember the modal and who undid them', async () => {
      const run = await plannedRun(open());
      await open().tx(async (tx) => {
        await tx.runs.setViewId(run.id, 'V1');
        await tx.runs.setUndoneBy(run.id, run.id);
      });
      expect(await open().read.runs.get(run.id)).toMatchObject({ viewId: 'V1', undoneBy: run.id });
      expect(await open().read.runs.ofIncident(run.incidentId)).toHaveLength(1);
    });
  });

  describe('the journal', () => {
    it('has one row a step: intent, then its end', async () => {
      const { run } = await executing();
      const intent = (index: number) => open().tx((tx) => tx.journal.intent(run.id, index, `s${index}`, 1));
      expect([await intent(0), await intent(0), await intent(1)]).toEqual([true, false, true]);
      await open().tx((tx) =>
        tx.journal.done(run.id, 0, { requestId: 'r', outputs: { id: 'sg-1' }, readBack: true, fence: 1 }),
      );
      await open().tx((tx) => tx.journal.failed(run.id, 1, 'AccessDenied\u0000', 1));
      expect(await open().read.journal.ofRun(run.id)).toMatchObject([
        {
          stepIndex: 0,
          state: 'done',
          requestId: 'r',
          outputs: { id: 'sg-1' },
          readBack: true,
          doneAt: expect.any(String),
        },
        { stepIndex: 1, state: 'failed', error: 'AccessDenied\uFFFD' },
      ]);
      await expect(open().tx((tx) => tx.journal.failed(run.id, 0, 'x', 1))).rejects.toMatchObject({
        code: 'journal_no_intent',
      });
    });
  });

  describe('approvals', () => {
    it('are one a run, of the run’s own plan', async () => {
      const { run, approval } = await requestedRun(open());
      expect(approval).toMatchObject({ state: 'pending', rev: 1, decidedAt: null });
      expect(Date.parse(approval.expiresAt) - Date.parse(approval.createdAt)).toBeGreaterThan(599_000);
      const again = (planHash: string, runId: string) =>
        open().tx((tx) => tx.approvals.insert({ ...approval, id: fresh('REQ'), runId, planHash, ttlSeconds: 60 }));
      await expect(again(approval.planHash, run.id)).rejects.toMatchObject({ code: '23505' });
      const other = await plannedRun(open());
      await expect(again('a'.repeat(64), other.id)).rejects.toMatchObject({ code: '23503' });
    });

    it('are decided once, and a decision stays', async () => {
      const { approval } = await requestedRun(open());
      const results = await Promise.all(
        Array.from({ length: 20 }, (_, at) =>
          open().tx((tx) => tx.approvals.setState(approval.id, ['pending'], at % 2 ? 'approved' : 'denied', `w${at}`)),
        ),
      );
      expect(results.filter((one) => one !== undefined)).toHaveLength(1);
      const { approval: denied } = await requestedRun(open());
      await open().tx((tx) => tx.approvals.setState(denied.id, ['pending'], 'denied', null));
      await expect(
        open().tx((tx) => tx.approvals.setState(denied.id, ['denied'], 'approved', null)),
      ).rejects.toMatchObject({ code: 'CD004' });
      await expect(
        open().pool.query(`UPDATE cordon.approval SET expires_at = now() + interval '1 day' WHERE id = $1`, [
          denied.id,
        ]),
      ).rejects.toMatchObject({ code: 'CD004' });
    });

    it('run out by the database’s clock', async () => {
      const { approval } = await requestedRun(open(), 0.05);
      const due = async () => (await open().read.approvals.due(10_000)).map(({ id }) => id);
      const { approval: open_ } = await requestedRun(open());
      await until(async () => (await due()).includes(approval.id));
      expect(await due()).not.toContain(open_.id);
      const pending = (await open().read.approvals.pending(10_000)).map(({ id }) => id);
      expect(pending.indexOf(approval.id)).toBeLessThan(pending.indexOf(open_.id));
    });

    it('are to be told more of when half of their time is over, until that is done', async () => {
      const { approval } = await requestedRun(open(), 4);
      expect(approval).toMatchObject({ asked: [], notice: 'asked' });
      const due = async () => (await open().read.approvals.toRemind(10_000)).map(({ id }) => id);
      expect(await due()).not.toContain(approval.id);
      await until(async () => (await due()).includes(approval.id));
      await open().tx((tx) => tx.approvals.setNotice(approval.id, 'widened', ['U0ALICE']));
      expect(await open().read.approvals.get(approval.id)).toMatchObject({ notice: 'widened', asked: ['U0ALICE'] });
      expect(await due()).not.toContain(approval.id);
      const missing = open().tx((tx) => tx.approvals.setNotice('REQ-NONE', 'widened', []));
      await expect(missing).rejects.toThrow('REQ-NONE');
    });
  });

  describe('votes', () => {
    const vote = (approvalId: string, planHash: string, personId: string, decision: 'approve' | 'deny' = 'approve') =>
      open().tx((tx) => tx.votes.insert({ approvalId, personId, decision, reason: 'r', planHash, via: 'slack' }));

    it('are one a person', async () => {
      const { approval } = await requestedRun(open());
      const results = await Promise.all(
        Array.from({ length: 10 }, () => vote(approval.id, approval.planHash, 'U0ALICE')),
      );
      expect(results.filter(Boolean)).toHaveLength(1);
      expect(await vote(approval.id, approval.planHash, 'U0BO', 'deny')).toBe(true);
      expect(await open().read.votes.ofApproval(approval.id)).toMatchObject([
        { personId: 'U0ALICE' },
        { personId: 'U0BO', decision: 'deny' },
      ]);
    });

    it('for another plan, of the requester, or changed later are refused by the database', async () => {
      const { approval } = await requestedRun(open());
      await expect(vote(approval.id, 'b'.repeat(64), 'U0ALICE')).rejects.toMatchObject({ code: '23503' });
      await expect(vote(approval.id, approval.planHash, approval.requestedBy)).rejects.toMatchObject({ code: 'CD005' });
      expect(await vote(approval.id, approval.planHash, approval.requestedBy, 'deny')).toBe(true);
      await expect(
        open().pool.query(`UPDATE cordon.vote SET decision = 'approve' WHERE approval_id = $1`, [approval.id]),
      ).rejects.toMatchObject({ code: 'CD005' });
      await expect(
        open().pool.query('DELETE FROM cordon.vote WHERE approval_id = $1', [approval.id]),
      ).rejects.toMatchObject({ code: 'CD005' });
    });
  });
}
