/**
 * What six broken accounts cost the others. Each healthy account is read as a plan is made, over and over: a session, the Region, a few reads. In every second round six
 * accounts, broken in six ways, are asked for as often beside them. The rounds are interleaved and compared by their medians, since machines differ: read the ratio.
 * `tsx scripts/bench/accounts.ts [rounds] [seconds a round]`; the simulated AWS is a process of its own, the records an embedded database in memory.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { furtherAccountId } from '../../sandbox/aws/seed/membership.ts';
import {
  EXTERNAL_ID_SECRET,
  HOME_REGION,
  HUB_CREDENTIALS,
  MANAGEMENT_ACCOUNT,
  SECURITY_ACCOUNT,
} from '../../sandbox/world.ts';
import { openSessions, type Sessions } from '../../src/aws/sessions.ts';
import { CordonError } from '../../src/domain/errors.ts';
import { withAccounts } from '../../src/domain/merge-accounts.ts';
import type { AwsCall } from '../../src/domain/plan.ts';
import { SettingsFile } from '../../src/domain/settings.ts';
import { Secret } from '../../src/secret.ts';
import { openStore } from '../../src/store/store.ts';

const ROUNDS = Number(process.argv[2] ?? 9);
const SECONDS = Number(process.argv[3] ?? 4);
/** Of each answer: with none, the processor of this machine would be all that is shared, and that is no property of Cordon. */
const LATENCY_MS = 150;
const HEALTHY = Array.from({ length: 12 }, (_, index) => furtherAccountId(index + 1));
/** Each with the Region that is asked for. */
const BROKEN = {
  'no role': ['900000000001', HOME_REGION],
  'wrong ExternalId': [furtherAccountId(31), HOME_REGION],
  'service control policy': [furtherAccountId(32), HOME_REGION],
  suspended: [furtherAccountId(33), HOME_REGION],
  'Region off': [furtherAccountId(34), 'eu-south-1'],
  throttled: [furtherAccountId(35), HOME_REGION],
} as const;
const READS: readonly AwsCall[] = ['DescribeInstances', 'DescribeSecurityGroups', 'DescribeVolumes'].map(
  (operation) => ({
    service: 'ec2',
    operation,
    input: {},
  }),
);
const LOG = { debug() {}, info() {}, warn: console.error, error: console.error };

const aws = spawn(
  process.execPath,
  [...process.execArgv, 'sandbox/aws/main.ts', '--further-accounts', '40', '--latency-ms', String(LATENCY_MS)],
  {
    stdio: ['ignore', 'pipe', 'inherit'],
  },
);
try {
  const [line] = await once(createInterface({ input: aws.stdout }), 'line');
  const { endpoint, control } = z.object({ endpoint: z.url(), control: z.url() }).parse(JSON.parse(String(line)));
  await breakAccounts(control);
  await measure(endpoint);
} finally {
  aws.kill('SIGTERM');
}

async function measure(endpoint: string): Promise<void> {
  const store = await openStore({ kind: 'memory' }, LOG);
  const settings = withAccounts(file(), undefined);
  const sessions = openSessions({
    settings: { current: async () => settings },
    self: { accountId: SECURITY_ACCOUNT, roleNames: ['cordon-hub'], instanceIds: [] },
    hubRegion: HOME_REGION,
    secret: new Secret(EXTERNAL_ID_SECRET),
    log: LOG,
    health: store.read.health,
    endpoint,
    credentials: HUB_CREDENTIALS,
  });
  try {
    await round(sessions, false); // Everything is loaded and every session open.
    const alone: number[] = [];
    const beside: number[] = [];
    for (let number = 0; number < ROUNDS; number += 1) {
      // Which comes first changes, so that a machine that gets slower or faster favours neither.
      for (const broken of number % 2 === 0 ? [false, true] : [true, false])
        (broken ? beside : alone).push((await round(sessions, broken)).perSecond);
    }
    const { refused } = await round(sessions, true);
    console.log(`${HEALTHY.length} healthy accounts, ${ROUNDS} rounds of ${SECONDS} s with and without 6 broken ones`);
    console.log(`alone        ${median(alone).toFixed(0)} plans/s`);
    console.log(
      `beside them  ${median(beside).toFixed(0)} plans/s, ${(median(beside) / median(alone)).toFixed(3)} of alone`,
    );
    for (const [how, why] of refused) console.log(`  ${how}: ${why}`);
  } finally {
    sessions.close();
    await store.close();
  }
}

interface Round {
  readonly perSecond: number;
  /** What was said of each broken account last. */
  readonly refused: ReadonlyMap<string, string>;
}

async function round(sessions: Sessions, withBroken: boolean): Promise<Round> {
  const end = performance.now() + SECONDS * 1_000;
  const running = (): boolean => performance.now() < end;
  const refused = new Map<string, string>();
  let plans = 0;
  const healthy = HEALTHY.map(async (id) => {
    while (running()) {
      await plan(sessions, id, HOME_REGION);
      plans += 1;
    }
  });
  const broken = Object.entries(withBroken ? BROKEN : {}).map(async ([how, [id, region]]) => {
    for (let asked = 0; running(); asked += 1) {
      await plan(sessions, id, region).catch((error: unknown) => refused.set(how, reasonOf(error)));
      // As often as a healthy one: not again before each of those has had its turn.
      while (running() && plans < (asked + 1) * HEALTHY.length) await pause(2);
    }
  });
  const start = performance.now();
  await Promise.all(healthy);
  const perSecond = (plans * 1_000) / (performance.now() - start);
  await Promise.all(broken);
  return { perSecond, refused };
}

async function plan(sessions: Sessions, id: string, region: string): Promise<void> {
  const reader = await sessions.read(id, region);
  for (const call of READS) await reader.send(call);
}

function reasonOf(error: unknown): string {
  if (!(error instanceof CordonError)) throw error;
  return error.message.slice(0, 110);
}

function file(): SettingsFile {
  const entry = (id: string, over: object = {}) => ({ id, alias: `account-${id}`, ...over });
  const wrong = { externalId: 'not-the-one-of-this-account' };
  return SettingsFile.parse({
    schema: 'cordon/settings/v1',
    slack: { team: 'T0BENCH' },
    aws: { homeRegion: HOME_REGION, securityAccount: SECURITY_ACCOUNT },
    accounts: [
      ...HEALTHY.map((id) => entry(id)),
      ...Object.entries(BROKEN).map(([how, [id]]) => entry(id, how === 'wrong ExternalId' ? wrong : {})),
    ],
    people: {},
    channels: { triage: 'C0TRIAGE', ops: 'C0OPS' },
  });
}

/** What the settings alone do not break. */
async function breakAccounts(control: string): Promise<void> {
  const account = (id: string) => `state/${MANAGEMENT_ACCOUNT}/global/organization-accounts/${id}`;
  await ask(control, 'PATCH', account(BROKEN.suspended[0]), { State: 'SUSPENDED' });
  // With no policy left that allows, service control policies allow nothing.
  await ask(control, 'PATCH', account(BROKEN['service control policy'][0]), { Policies: ['p-RCPFullAWSAccess'] });
  for (const { operation } of [...READS, { operation: 'DescribeRegions' }]) {
    const fault = { service: 'ec2', operation, account: BROKEN.throttled[0], kind: 'throttle', times: 1_000_000 };
    await ask(control, 'POST', 'faults', fault);
  }
}

async function ask(control: string, method: string, path: string, body: object): Promise<void> {
  const answer = await fetch(`${control}/${path}`, { method, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${method} /${path}: ${answer.status} ${await answer.text()}`);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
