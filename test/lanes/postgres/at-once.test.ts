import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signed } from '../../../sandbox/slack/http-mode.ts';
import { type OpenStore, openStore } from '../../../src/store/store.ts';
import { ACCOUNTS, approvedRunIn, manyAccounts } from '../../support/cap-runs.ts';
import { type Child, startChild } from '../../support/child.ts';
import { approvalPending, deliver, onlyIncident } from '../../support/flow-steps.ts';
import { flowWorld, guardDutyEvent } from '../../support/flow-world.ts';
import { until } from '../../support/poll.ts';
import { present, QUIET } from '../../support/rows.ts';
import { startSandbox } from '../../support/sandbox-processes.ts';
import { startPostgres, type TestServer } from '../../support/servers.ts';
import { approvalForm } from '../../support/slack-forms.ts';
import { racesSuite } from '../../support/suites/races.ts';

const PROCESSES = 4;
const BOTS = 3;
const RUNS = 60;
const TIMES = 100;

let server: TestServer | undefined;
const stores: OpenStore[] = [];
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(async () => {
  for (const store of stores) await store.close();
  await server?.stop();
});

/** An empty database of its own. */
async function freshStore(name: string): Promise<OpenStore & { readonly url: string }> {
  const first = await openStore({ kind: 'postgres', url: present(server).url }, QUIET);
  await first.pool.query(`CREATE DATABASE ${name}`);
  await first.close();
  const url = new URL(present(server).url);
  url.pathname = `/${name}`;
  const store = await openStore({ kind: 'postgres', url: url.href }, QUIET);
  stores.push(store);
  return { ...store, url: url.href };
}

describe('decisions at the same moment', () => {
  racesSuite(() => freshStore('races'), 1_000);
});

describe(`claims of ${PROCESSES} processes at the same moment`, () => {
  it(`${RUNS * PROCESSES} claims of ${RUNS} runs: no cap is passed, and none is left unused`, {
    timeout: 180_000,
  }, async () => {
    const store = await freshStore('caps');
    const world = flowWorld(store);
    world.settings = manyAccounts(100);
    const runs: string[] = [];
    for (let run = 0; run < RUNS; run += 1)
      runs.push(await approvedRunIn(world, ACCOUNTS[run % ACCOUNTS.length] ?? '', run));
    // By the default of 5 % and at least three accounts, of 3 runs each; then up to the 20 of all accounts together.
    await claimAll(store.url, runs, 5);
    const byShare = await started(store);
    expect(byShare).toEqual({ runs: 9, accounts: 3, most: 3, claims: 9 });
    await claimAll(store.url, runs, 100);
    const all = await started(store);
    expect(all).toMatchObject({ runs: 20, claims: 20 });
    expect(all.most).toBeLessThanOrEqual(5);
    process.stdout.write(
      `${RUNS * PROCESSES} claims by ${PROCESSES} processes at once: ${byShare.runs} runs in ${byShare.accounts} accounts (the share allows 3), then ${all.runs} in all (20)\n`,
    );
  });
});

/** Every run is claimed by each of the processes; they begin together, at different runs. */
async function claimAll(url: string, runs: readonly string[], percent: number): Promise<void> {
  const children: Child[] = Array.from({ length: PROCESSES }, (_, index) => {
    const mine = runs.map((_, at) => runs[(at + (index * RUNS) / PROCESSES) % RUNS] ?? '');
    return startChild('claim-runs.ts', [url, String(percent), ...mine]);
  });
  await Promise.all(children.map((child) => child.line('ready', 60_000)));
  for (const child of children) child.say('go\n');
  await Promise.all(children.map((child) => child.line('claimed', 60_000)));
  for (const child of children) await child.end('SIGKILL');
}

async function started(store: OpenStore) {
  const { rows } = await store.pool.query(
    `SELECT plan::jsonb ->> 'accountId' AS account, count(*)::int AS runs FROM cordon.run WHERE state = 'executing' GROUP BY 1`,
  );
  const claims = await store.pool.query(`SELECT count(*)::int AS claims FROM cordon.audit WHERE event = 'run.claimed'`);
  const counts = rows.map((row) => Number(row['runs']));
  return {
    runs: counts.reduce((sum, one) => sum + one, 0),
    accounts: counts.length,
    most: Math.max(...counts),
    claims: Number(claims.rows[0]?.['claims']),
  };
}

describe(`one signed click, sent to ${BOTS} bot processes`, () => {
  it(`${TIMES} times at the same moment, and again under ${TIMES} signatures: one vote`, {
    timeout: 180_000,
  }, async () => {
    const store = await freshStore('replays');
    const sandbox = await startSandbox({ slack: 'http', workers: [], environment: { DATABASE_URL: store.url } });
    try {
      const replicas = [];
      while (replicas.length < BOTS - 1) replicas.push(await sandbox.startReplica());
      const bots = [sandbox.http, ...replicas.map((one) => one.http)];
      const { deps } = flowWorld(store);
      await deliver(deps, guardDutyEvent());
      const approval = await approvalPending(deps, await onlyIncident(deps));
      const body = approvalForm('U0ALICE0001', approval);
      const now = Math.floor(Date.now() / 1000);
      const same = Array.from({ length: TIMES }, () => signed(body, now));
      const resigned = Array.from({ length: TIMES }, (_, at) => signed(body, now - 1 - at));
      const send = async (headers: Record<string, string>, at: number) => {
        const type = 'application/x-www-form-urlencoded';
        const url = `${bots[at % bots.length] ?? ''}/slack/events`;
        return (await fetch(url, { method: 'POST', headers: { 'content-type': type, ...headers }, body })).status;
      };
      const statuses = await Promise.all([...same, ...resigned].map(send));
      await until('the vote', async () => (await store.read.votes.ofApproval(approval.id)).length > 0);
      const count = async (text: string) => Number((await store.pool.query(text)).rows[0]?.['count']);
      const found = {
        votes: (await store.read.votes.ofApproval(approval.id)).length,
        answers: await count(`SELECT count(*) FROM cordon.audit WHERE event IN ('approval.voted', 'approval.refused')`),
        // A store that is slow to say whether it knows a request is asked again (503): nothing is done then.
        refused: statuses.filter((status) => status !== 200 && status !== 503),
        signatures: await count(`SELECT count(*) FROM cordon.replay WHERE key LIKE 'slack-signature:%'`),
        granted: await count(`SELECT count(*) FROM cordon.audit WHERE event = 'approval.granted'`),
      };
      process.stdout.write(`one click ${2 * TIMES} times over ${bots.length} processes: ${JSON.stringify(found)}\n`);
      expect(found).toMatchObject({ refused: [], votes: 1, answers: 1, granted: 1 });
      expect(found.signatures).toBeLessThanOrEqual(TIMES + 1);
    } finally {
      await sandbox.close();
    }
  });
});
