/**
 * How long what is made to exhaust a reader holds the process before it is refused: bodies of findings (from the queue, the command line, in every shape), requests of
 * Slack, playbooks, settings and the command socket. Every reading is one piece of work, so the event loop is held for as long. The figures are CPU time, the middle of
 * five rounds, so that a busy machine does not change them. Also: reading grows with the body and not faster. `tsx scripts/bench/bombs.ts`; ends with 1 when a goal is missed.
 */
import { readFindings } from '../../src/sources/read.ts';
import { PARSER_BOMBS } from '../../test/support/parser-bombs.ts';

const ROUNDS = 5;
const GOAL_MS = 50;
const LAG_GOAL_MS = 100;

const times = PARSER_BOMBS.map(({ reader, name, text, refused }) => {
  const bomb = text();
  if (!refused(bomb)) throw new Error(`${reader}: ${name} was not refused`);
  const rounds = Array.from({ length: ROUNDS }, () => cpuOf(() => refused(bomb))).sort((a, b) => a - b);
  return { reader, name, ms: rounds[Math.floor(ROUNDS / 2)] ?? 0, worst: rounds.at(-1) ?? 0 };
}).sort((a, b) => b.ms - a.ms);
for (const { reader, name, ms } of times) console.log(`${ms.toFixed(1).padStart(6)} ms  ${reader}: ${name}`);
const slow = times.filter(({ ms }) => ms >= GOAL_MS);
const lag = Math.max(...times.map(({ worst }) => worst));
console.log(
  `${times.length} bombs refused, ${times.length - slow.length} of them in less than ${GOAL_MS} ms; the event loop was held for ${lag.toFixed(0)} ms at most`,
);

const [half, whole] = [bodyOf(150), bodyOf(300)];
const ratio = best(() => readFindings(whole)) / best(() => readFindings(half));
console.log(`twice the findings take ${ratio.toFixed(2)} times as long`);
if (slow.length > 0 || lag >= LAG_GOAL_MS) process.exitCode = 1;

function cpuOf(work: () => unknown): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

function best(work: () => unknown): number {
  return Math.min(...Array.from({ length: ROUNDS }, () => cpuOf(work)));
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
