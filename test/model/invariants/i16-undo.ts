import type { Send, WorldRecord } from '../world/record.ts';
import { claimOf, type Invariant, planOf } from './invariant.ts';

export default {
  id: 'I16',
  promise: 'an undo follows a run that was carried out, at most one for each, and only on the state that the run left',
  check(record) {
    const undos = record.sends.flatMap((send) => {
      const plan = planOf(record, send.runId);
      return plan?.kind === 'rollback' ? [{ send, undone: plan.undoes ?? '' }] : [];
    });
    const broken = undos.flatMap(({ send, undone }) => [
      ...(record.sends.some((one) => one.runId === undone && one.order < send.order)
        ? []
        : [`${send.runId} undoes ${undone}, which never sent anything`]),
      ...(send.changed && !onWhatItLeft(send, undone)
        ? [`${send.runId} undid ${undone} on another state: ${JSON.stringify(send.before)}`]
        : []),
    ]);
    return [...broken, ...twiceUndone(record)];
  },
} satisfies Invariant as Invariant;

/** Every kind of undo by itself: the value that the forward call had set is still there. */
function onWhatItLeft({ call, before }: Send, undone: string): boolean {
  switch (call.operation) {
    case 'DeleteTags': {
      const [tag] = call.input['Tags'] as { Key: string }[];
      return before.tags[tag?.Key ?? '']?.startsWith(undone) ?? false;
    }
    case 'ModifyInstanceMetadataOptions':
      return before.tokens === 'required';
    case 'StartInstances':
      return before.state === 'stopped';
    default:
      return false;
  }
}

function twiceUndone(record: WorldRecord): readonly string[] {
  const verified = record.entries.filter(
    ({ entity, is, detail }) => entity === 'run' && is === 'verified' && detail['kind'] === 'rollback',
  );
  const of = verified.map(({ detail }) => String(detail['undoes']));
  const twice = [...new Set(of.filter((id, at) => of.indexOf(id) !== at))];
  const early = verified.flatMap(({ id, detail, seq }) => {
    const forward = claimOf(record, String(detail['undoes']));
    return forward === undefined || forward.seq > seq ? [`${id} undid what was never begun`] : [];
  });
  return [...twice.map((id) => `${id} was undone twice`), ...early];
}
