import { checkpointSigner } from '../../../src/domain/checkpoint.ts';
import { CHAIN_START, verifyAudit } from '../../../src/store/audit-chain.ts';
import { SECRET } from '../world/people.ts';
import type { World } from '../world/world.ts';

/** What a world that came to rest must not have. */
export interface Left {
  /** Rows that wait and that nothing will move. */
  readonly stuck: readonly string[];
  /** Steps that began and have no end although their run is over. */
  readonly open: readonly string[];
  readonly chain: readonly string[];
  /** Secrets in the database. */
  readonly shown: readonly string[];
}

/** Seconds that pass between the rounds; an hour and more in all, past every lease, every back-off and every request's time. */
const ROUNDS = [12, 61, 700, 2_000, 1_300, 12];

/** All faults off, everything that was stopped goes on, an hour passes: then nothing may be left half done. */
export async function atTheEnd(world: World): Promise<Left> {
  await settle(world);
  return {
    stuck: await stuck(world),
    open: await open(world),
    chain: await chain(world),
    shown: await shown(world),
  };
}

/** Lets the world come to rest. */
export async function settle(world: World): Promise<void> {
  world.record.tick += 1;
  world.cloud.troubles.splice(0);
  world.cloud.broken.clear();
  world.cloud.readsToFail = 0;
  world.slack.troubles.splice(0);
  world.directoryFailures = 0;
  world.settingsBroken = false;
  world.stopFile = false;
  world.stand();
  for (const { process } of world.memories) {
    process.place.skewMs = 0;
    if (process.suspended) await process.resume();
  }
  for (const [index, { process }] of world.memories.entries()) if (!process.alive) world.restart(index);
  for (const seconds of ROUNDS) {
    await round(world);
    await world.pass(seconds * 1000);
    world.reveal();
  }
  await round(world);
  await world.collect();
}

async function round(world: World): Promise<void> {
  const memory = world.ready(0);
  if (!memory) throw new Error('the first process does not answer');
  await world.receive(memory);
  await world.sweep(memory);
  for (let turns = 0; turns < 20; turns += 1) {
    await world.relay(memory);
    const jobs = (['triage', 'propose', 'remediate', 'notify'] as const).flatMap((queue) => world.queue.of(queue));
    if (jobs.length === 0) return;
    for (const job of jobs) await world.doJob(memory, job);
  }
}

async function stuck(world: World): Promise<readonly string[]> {
  const rows = await world.db.query(`
    SELECT 'run ' || id || ' is ' || state || coalesce(': ' || state_reason, '') AS what FROM cordon.run WHERE state IN ('planning', 'approved', 'executing', 'verifying')
    UNION ALL SELECT 'request ' || id || ' is ' || state FROM cordon.approval WHERE state IN ('pending', 'approved') AND expires_at < clock_timestamp()
    UNION ALL SELECT 'run ' || r.id || ' is planned and its request is ' || a.state FROM cordon.run r JOIN cordon.approval a ON a.run_id = r.id
      WHERE r.state = 'planned' AND a.state <> 'pending'
    UNION ALL SELECT 'delivery ' || id || ' is not read' FROM cordon.delivery WHERE state = 'received'
    UNION ALL SELECT 'message ' || key || ' is not delivered: ' || coalesce(last_error, '') FROM cordon.message
      WHERE delivered_rev < desired_rev AND (not_before IS NULL OR not_before <= clock_timestamp())
    UNION ALL SELECT 'outbox row ' || dedup || ' is not sent' FROM cordon.outbox WHERE sent_at IS NULL`);
  const waiting = world.sqs.length > 0 ? [`${world.sqs.length} messages wait in the findings queue`] : [];
  return [...rows.map(({ what }) => String(what)), ...waiting];
}

async function open(world: World): Promise<readonly string[]> {
  const rows =
    await world.db.query(`SELECT j.run_id || ' step ' || j.step_index || ' is ' || j.state || ', the run is ' || r.state AS what
    FROM cordon.journal j JOIN cordon.run r ON r.id = j.run_id WHERE (j.state = 'intent' AND r.state NOT IN ('needs-human', 'executing', 'verifying'))
      OR (r.state = 'verified' AND j.state <> 'done')`);
  return rows.map(({ what }) => String(what));
}

async function chain(world: World): Promise<readonly string[]> {
  const { audit, checkpoints } = world.db.store.read;
  const evidence = { checkpoints: await checkpoints.list(), key: checkpointSigner(SECRET).publicKey };
  const verdict = await verifyAudit(audit, evidence);
  if (!verdict.ok) return [`row ${verdict.seq}: ${verdict.why}`];
  return verdict.head.seq < CHAIN_START.seq ? ['the chain has gone back'] : [];
}

async function shown(world: World): Promise<readonly string[]> {
  const text = await world.db.dump();
  return world.record.secrets.filter((secret) => text.includes(secret)).map((secret) => `the database holds ${secret}`);
}
