/**
 * Opens the embedded store, tells what is in it, then takes deliveries in through the real stages and prints a number after each that is acknowledged, until it
 * is killed. Everything is loaded before it opens the store, and it opens it when told to, so that what is measured is the opening. Argument: the directory.
 */
import { once } from 'node:events';
import { ingest } from '../../../src/flow/ingest.ts';
import { triage } from '../../../src/flow/triage.ts';
import { verifyAudit } from '../../../src/store/audit-chain.ts';
import { openStore } from '../../../src/store/store.ts';
import { flowWorld, guardDutyEvent } from '../flow-world.ts';
import { QUIET } from '../rows.ts';

const [directory = ''] = process.argv.slice(2);
console.log('ready');
const [go] = await once(process.stdin.setEncoding('utf8'), 'data');
const from = Number(go);

const [start, spent] = [performance.now(), process.cpuUsage()];
const store = await openStore({ kind: 'embedded', directory }, QUIET);
await store.read.deliveries.list({ limit: 1 });
const { user, system } = process.cpuUsage(spent);
console.log('open', (performance.now() - start).toFixed(0), ((user + system) / 1000).toFixed(0));

/** What a transaction writes together is there together or not at all. */
const TORN: Readonly<Record<string, string>> = {
  'delivery without its audit row': `SELECT count(*) AS n FROM cordon.delivery d WHERE NOT EXISTS
    (SELECT 1 FROM cordon.audit a WHERE a.subject = 'delivery:' || d.id AND a.event = 'delivery.received')`,
  'delivery without its wake-up': `SELECT count(*) AS n FROM cordon.delivery d WHERE NOT EXISTS (SELECT 1 FROM cordon.outbox o WHERE o.subject_id = d.id)`,
  'audit row without its delivery': `SELECT count(*) AS n FROM cordon.audit a WHERE a.event = 'delivery.received' AND NOT EXISTS
    (SELECT 1 FROM cordon.delivery d WHERE 'delivery:' || d.id = a.subject)`,
  'delivery read without its audit row': `SELECT count(*) AS n FROM cordon.delivery d WHERE d.state <> 'received' AND NOT EXISTS
    (SELECT 1 FROM cordon.audit a WHERE a.subject = 'delivery:' || d.id AND a.event = 'delivery.processed')`,
  'finding without its sighting, incident or audit row': `SELECT count(*) AS n FROM cordon.finding f WHERE f.incident_id IS NULL
    OR NOT EXISTS (SELECT 1 FROM cordon.sighting s WHERE s.finding_key = f.key)
    OR NOT EXISTS (SELECT 1 FROM cordon.audit a WHERE a.subject = 'finding:' || f.key AND a.event = 'finding.stored')`,
  'sighting without its finding': `SELECT count(*) AS n FROM cordon.sighting s WHERE NOT EXISTS (SELECT 1 FROM cordon.finding f WHERE f.key = s.finding_key)`,
};
const torn: string[] = [];
for (const [what, text] of Object.entries(TORN)) {
  const { rows } = await store.pool.query(text);
  if (String(rows[0]?.['n']) !== '0') torn.push(`${String(rows[0]?.['n'])} ${what}`);
}
const audit = await verifyAudit(store.read.audit);
const { rows } = await store.pool.query('SELECT transport_id FROM cordon.delivery');
const stored = rows.map((row) => Number(String(row['transport_id']).slice(2)));
console.log('found', JSON.stringify({ stored, torn, audit: audit.ok }));

const { deps } = flowWorld(store);
let next = from;
const take = async (andRead: boolean): Promise<never> => {
  for (;;) {
    const n = next++;
    const body = guardDutyEvent({
      id: String(n).padStart(32, '0'),
      instanceId: `i-${String(n % 50).padStart(17, '0')}`,
    });
    const { id } = await ingest(deps, { transport: 'sqs', transportId: `m-${n}`, body });
    process.stdout.write(`ack ${n}\n`);
    if (andRead) await triage(deps, id);
  }
};
await Promise.all([take(false), take(true), take(true)]);
