import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../support/poll.ts';
import { startBench } from './support/bench.ts';
import { defineFault } from './support/fault.ts';
import { disturbedFindings } from './support/finding-trial.ts';
import { passVisibility, rest, STUCK_MS, someInstance } from './support/trial.ts';

const DISK_MB = 420;
/** What is left: less than the product wants, or nothing at all. */
const LEFT_MB = [100, 0] as const;

export default defineFault({
  id: 'F20',
  title: 'the disk of the embedded database is full',
  engines: ['pglite'],
  seeds: 1,
  trials: () => LEFT_MB.map((left, seed) => ({ name: `${left} MB left`, seed })),
  async run(_, trial) {
    const disk = mkdtempSync(join(tmpdir(), 'cordon-disk-'));
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_MB}m`, 'tmpfs', disk], { stdio: 'ignore' });
    } catch {
      rmSync(disk, { recursive: true, force: true });
      return { skipped: 'mounting a small tmpfs is not permitted here; run it as root' };
    }
    const bench = await startBench('pglite', { dataIn: disk });
    const filler = join(disk, 'filler');
    let notReadyMs = 0;
    try {
      return await disturbedFindings(bench, {
        instances: Array.from({ length: 5 }, someInstance),
        async prepare() {
          fill(filler, disk, (LEFT_MB[trial.seed] ?? 0) * 1024 * 1024);
        },
        async strike() {
          const from = performance.now();
          await until(
            'the product to say that it is not ready',
            async () => !(await isReady(bench.environment['CORDON_HTTP_PORT'])),
            STUCK_MS,
          );
          notReadyMs = Math.round(performance.now() - from);
          await rest(15_000);
          rmSync(filler);
          const backAt = performance.now();
          if (bench.product.readyAt() === undefined) await bench.product.up();
          await passVisibility(bench);
          return backAt;
        },
        after: async () => ({
          'not ready after ms': notReadyMs,
          deaths: bench.product.deaths.map(({ how }) => how).join(' ') || 'none',
        }),
      });
    } finally {
      await bench.close();
      execFileSync('umount', [disk], { stdio: 'ignore' });
      rmSync(disk, { recursive: true, force: true });
    }
  },
});

/** Writes until so many bytes are left, or nothing more can be written. */
function fill(file: string, disk: string, left: number): void {
  const chunk = Buffer.alloc(64 * 1024);
  const open = openSync(file, 'w');
  try {
    for (;;) {
      const { bavail, bsize } = statfsSync(disk);
      if (bavail * bsize <= left) return;
      writeSync(open, chunk);
    }
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
  } finally {
    closeSync(open);
  }
}

async function isReady(port: string | undefined): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${port}/readyz`, { signal: AbortSignal.timeout(3_000) })).ok;
  } catch {
    // It hangs or is gone: not ready either.
    return false;
  }
}
