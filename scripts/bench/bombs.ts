/**
 * How long a body that is made to exhaust its reader holds the process before it is refused, and that reading grows with the body and not faster: half a body of
 * findings against a whole one. `tsx scripts/bench/bombs.ts`.
 */
import { readFindings } from '../../src/sources/read.ts';
import { BOMBS } from '../../test/support/bombs.ts';

const ROUNDS = 5;
const GOAL_MS = 50;

const times = BOMBS.map(({ name, code, body }) => {
  const text = body();
  const problem = readFindings(text).problems[0];
  if (problem?.code !== code) throw new Error(`${name}: expected ${code}, got ${problem?.code ?? 'no problem'}`);
  return { name, ms: median(() => readFindings(text)) };
}).sort((a, b) => b.ms - a.ms);
for (const { name, ms } of times) console.log(`${ms.toFixed(1).padStart(6)} ms  ${name}`);
const slow = times.filter(({ ms }) => ms >= GOAL_MS);
console.log(`${times.length} bodies refused, ${times.length - slow.length} of them in less than ${GOAL_MS} ms`);

const [half, whole] = [bodyOf(150), bodyOf(300)];
const ratio = median(() => readFindings(whole)) / median(() => readFindings(half));
console.log(`twice the findings take ${ratio.toFixed(2)} times as long`);

function median(work: () => unknown): number {
  const all = Array.from({ length: ROUNDS }, () => {
    const start = performance.now();
    work();
    return performance.now() - start;
  }).sort((a, b) => a - b);
  return all[Math.floor(ROUNDS / 2)] ?? 0;
}

function bodyOf(findings: number): string {
  const one = (n: number) => ({
    schemaVersion: '2.0',
    accountId: '333333333331',
    region: 'eu-west-1',
    id: String(n).padStart(32, '0'),
    type: 'Backdoor:EC2/C&CActivity.B!DNS',
    resource: { resourceType: 'Instance', instanceDetails: { instanceId: 'i-0123456789abcdef0', tags: [] } },
    service: { count: n, additionalInfo: { value: 'x'.repeat(2_000) } },
    severity: 8,
    createdAt: '2026-11-20T10:00:00.000Z',
    updatedAt: '2026-11-20T10:00:00.000Z',
  });
  return JSON.stringify(Array.from({ length: findings }, (_, n) => one(n)));
}
