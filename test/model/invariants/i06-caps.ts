import type { Entry, WorldRecord } from '../world/record.ts';
import { type Invariant, isClaim } from './invariant.ts';

const HOUR_MS = 3_600_000;

export default {
  id: 'I6',
  promise: 'within no hour more runs begin than the caps say, in one account and in all',
  check(record) {
    const claims = record.entries.filter(isClaim);
    return claims.flatMap((claim) => {
      const { limits } = limitsAt(record, claim);
      const within = claims.filter(({ at, seq }) => seq <= claim.seq && at > claim.at - HOUR_MS);
      const here = within.filter(({ detail }) => detail['account'] === claim.detail['account']);
      return [
        ...(within.length > limits.runsPerHour ? [`${within.length} runs began within an hour`] : []),
        ...(here.length > limits.runsPerAccountPerHour
          ? [`${here.length} runs began in ${String(claim.detail['account'])} within an hour`]
          : []),
      ];
    });
  },
} satisfies Invariant as Invariant;

function limitsAt(record: WorldRecord, claim: Entry) {
  const standing = record.times.findLast(({ tick }) => tick <= claim.tick) ?? record.times[0];
  if (standing === undefined) throw new Error('the record says nothing of cordon.yaml');
  return standing.settings;
}
