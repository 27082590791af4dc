import { z } from 'zod';
import { defineFault } from './support/fault.ts';
import { disturbedFindings } from './support/finding-trial.ts';
import { someInstance } from './support/trial.ts';

const FINDINGS = 300;
const COMMANDS = 40;

export default defineFault({
  id: 'F12',
  title: `the acknowledgement of a command while ${FINDINGS} findings come in`,
  engines: ['pglite', 'redis'],
  seeds: 1,
  trials: () => [{ name: `${COMMANDS} commands`, seed: 0 }],
  async run(bench) {
    const times: number[] = [];
    let notInTime = 0;
    const verdict = await disturbedFindings(bench, {
      instances: Array.from({ length: FINDINGS }, someInstance),
      async strike() {
        for (let number = 0; number < COMMANDS; number += 1) {
          const from = performance.now();
          const answer = await fetch(`${bench.slack.control}/command`, {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify({ user: 'rina', channel: 'C0TRIAGE001', text: '/cordon status' }),
          });
          times.push(performance.now() - from);
          if (!z.looseObject({ ok: z.literal(true) }).safeParse(await answer.json()).success) notInTime += 1;
        }
        return performance.now();
      },
      after: async () => {
        const sorted = times.toSorted((a, b) => a - b);
        const at = (share: number): number => Math.round(sorted[Math.floor((sorted.length - 1) * share)] ?? 0);
        return { 'ack p50 ms': at(0.5), 'ack p99 ms': at(0.99), 'not acknowledged in time': notInTime };
      },
    });
    return { ...verdict, lost: verdict.lost + notInTime };
  },
});
