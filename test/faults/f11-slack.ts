import { until } from '../support/poll.ts';
import { defineFault, seedsOf } from './support/fault.ts';
import { callsSince, effectsOf, mark } from './support/judge.ts';
import { disturbedRun } from './support/run-trial.ts';
import { STUCK_MS } from './support/trial.ts';

interface Trouble {
  readonly name: string;
  /** Faults of Slack's Web API, in order. */
  readonly faults: readonly object[];
  /** They last until the change in AWS is done, whatever Slack says. */
  readonly lasting: boolean;
}

const WRITES = ['chat.postMessage', 'chat.update'];
function all(kind: string, times: number): readonly object[] {
  return WRITES.map((method) => ({ method, kind, times, retryAfter: 5 }));
}

/** The two that say most come first: the short form stops after them. */
const TROUBLES: readonly Trouble[] = [
  { name: 'posted, and no answer', faults: all('timeout-after-accept', 1), lasting: false },
  { name: 'outage', faults: all('5xx', 100_000), lasting: true },
  { name: '429 with Retry-After', faults: all('429', 3), lasting: false },
  { name: '5xx', faults: all('5xx', 2), lasting: false },
  { name: 'no answer', faults: all('timeout', 1), lasting: false },
];

export default defineFault({
  id: 'F11',
  title: 'Slack: 429, 5xx, no answer, outage',
  engines: ['pglite', 'redis'],
  short: { pglite: 0, redis: 1 },
  seeds: 10,
  trials: (seeds) =>
    seedsOf(seeds).map(({ seed }) => ({
      name: `${TROUBLES[seed % TROUBLES.length]?.name} ${1 + Math.floor(seed / TROUBLES.length)}`,
      seed,
    })),
  async run(bench, trial) {
    const trouble = TROUBLES.find(({ name }) => trial.name.startsWith(`${name} `));
    if (!trouble) throw new Error(`there is no trouble ${trial.name}`);
    const before = await mark(bench);
    let changedMs = 0;
    const verdict = await disturbedRun(bench, trial, {
      story: 'key',
      async strike() {
        // The vote's own window is open; from here on nothing that is written to Slack arrives.
        for (const fault of trouble.faults) await bench.story.post('/faults', fault);
        const from = performance.now();
        await until('the change in AWS', async () => effectsOf(await callsSince(bench, before)).length > 0, STUCK_MS);
        changedMs = Math.round(performance.now() - from);
        if (trouble.lasting) await clear(bench.slack.control);
        return performance.now();
      },
      after: async () => ({ [`changed in AWS meanwhile, ms`]: changedMs }),
    }).finally(() => clear(bench.slack.control));
    if (!verdict) throw new Error('a key can always be asked for');
    return verdict;
  },
});

async function clear(control: string): Promise<void> {
  await fetch(`${control}/faults`, { method: 'DELETE' });
}
