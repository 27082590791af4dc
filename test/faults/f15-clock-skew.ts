import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startChild, stopChild } from '../../sandbox/launcher/child.ts';
import { freePort } from '../../sandbox/launcher/ports.ts';
import { until } from '../support/poll.ts';
import { defineFault } from './support/fault.ts';
import { disturbedRun, NO_INSTANCE } from './support/run-trial.ts';
import { STUCK_MS } from './support/trial.ts';

const PRODUCT = fileURLToPath(new URL('../../dist/test/faults/product.js', import.meta.url));
const TEN_MINUTES = 600_000;

export default defineFault({
  id: 'F15',
  title: 'a second process whose clock is ten minutes wrong',
  engines: ['redis'],
  seeds: 2,
  trials: (seeds) =>
    Array.from({ length: seeds }, (_, seed) => ({ name: `${seed % 2 === 0 ? 'ahead' : 'behind'} ${seed + 1}`, seed })),
  async run(bench, trial) {
    const port = await freePort(0);
    const child = await startChild({
      name: 'wrong clock',
      module: PRODUCT,
      args: [],
      preloads: [],
      environment: {
        ...bench.environment,
        CORDON_HTTP_PORT: String(port),
        CORDON_DATA_DIR: join(bench.folder, 'wrong-clock'),
        CORDON_FAULTS_SKEW_MS: String(trial.seed % 2 === 0 ? TEN_MINUTES : -TEN_MINUTES),
      },
      logFile: join(bench.folder, 'wrong-clock.log'),
      nodeArgs: [],
      stdout: 'log',
    });
    try {
      const notReady = await until('the wrong clock to be seen', () => clocksOf(port), STUCK_MS).catch(() => 'never');
      const verdict = await disturbedRun(bench, trial, { story: 'isolation', strike: async () => performance.now() });
      if (!verdict) return NO_INSTANCE;
      const seen = notReady === 'never' ? 0 : 1;
      return {
        ...verdict,
        stuck: verdict.stuck + 1 - seen,
        figures: { ...verdict.figures, 'not ready because of its clock': seen },
      };
    } finally {
      await stopChild(child, 30_000);
    }
  },
});

/** True once the process says that it is not ready, and that it is the clocks. */
async function clocksOf(port: number): Promise<string | undefined> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`, { signal: AbortSignal.timeout(3_000) });
    const text = await answer.text();
    return answer.status === 503 && /"clocks?":"not ready"/.test(text) ? text : undefined;
  } catch {
    // It does not listen yet.
    return undefined;
  }
}
