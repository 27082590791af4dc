import { canonicalJson } from '../../../src/domain/json.ts';
import { type Invariant, planOf } from './invariant.ts';

export default {
  id: 'I4',
  promise: 'before each mutating call its intent is committed, and no step ends twice',
  check(record) {
    const unjournalled = record.sends.flatMap((send) => {
      const steps = planOf(record, send.runId)?.steps ?? [];
      const exact = steps.findIndex(({ call }) => canonicalJson(call) === canonicalJson(send.call));
      const index =
        exact >= 0 ? exact : steps.findIndex(({ call }, at) => at > 0 && call.operation === send.call.operation);
      const intent = record.entries.some(
        (one) =>
          one.entity === 'journal' && one.id === send.runId && one.detail['index'] === index && one.seq <= send.seen,
      );
      return intent ? [] : [`${send.runId} sent ${send.call.operation} without a committed intent`];
    });
    const ends = record.entries
      .filter(({ entity, is }) => entity === 'journal' && is !== 'intent')
      .map(({ id, detail }) => `${id} step ${String(detail['index'])}`);
    const twice = ends.filter((end, at) => ends.indexOf(end) !== at).map((end) => `${end} ended twice`);
    return [...unjournalled, ...twice];
  },
} satisfies Invariant as Invariant;
