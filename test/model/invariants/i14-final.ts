import { claimOf, type Invariant, inForce, planOf, requestOf } from './invariant.ts';

export default {
  id: 'I14',
  promise: 'denied, expired and stale requests never run; neither does a plan of another edition of its playbook',
  check(record) {
    const runs = new Set(record.sends.map(({ runId }) => runId));
    return [...runs].flatMap((runId) => {
      const request = requestOf(record, runId);
      const claim = claimOf(record, runId);
      if (!request || !claim) return [];
      const ended = record.entries.find(
        ({ entity, id, is }) =>
          entity === 'approval' && id === request.id && ['denied', 'expired', 'stale'].includes(is),
      );
      const denied = record.presses.find(
        (press) => press.approvalId === request.id && press.decision === 'deny' && press.told === 'taken',
      );
      const plan = planOf(record, runId);
      const editions = inForce(record, claim).map(({ playbookHashes }) => playbookHashes[plan?.playbook.id ?? '']);
      return [
        ...(ended ? [`${runId} ran although ${request.id} was ${ended.is}`] : []),
        ...(denied ? [`${runId} ran although ${denied.person} had denied it`] : []),
        ...(claim.at >= Number(request.detail['expiresAt'])
          ? [`${runId} was claimed after its request had expired`]
          : []),
        ...(plan && !editions.includes(plan.playbook.hash) ? [`${runId} ran by another edition of its playbook`] : []),
      ];
    });
  },
} satisfies Invariant as Invariant;
