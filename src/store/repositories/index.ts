import { z } from 'zod';
import type { Repositories } from '../../ports.ts';
import { Instant, onlyOf, type Sql } from '../sql.ts';
import { approvals } from './approvals.ts';
import { audit } from './audit.ts';
import { checkpoints } from './checkpoints.ts';
import { deliveries } from './deliveries.ts';
import { epoch } from './epoch.ts';
import { feeds } from './feeds.ts';
import { figures } from './figures.ts';
import { findings } from './findings.ts';
import { health } from './health.ts';
import { incidents } from './incidents.ts';
import { journal } from './journal.ts';
import { killSwitch } from './kill-switch.ts';
import { messages } from './messages.ts';
import { opsLine } from './ops-line.ts';
import { organization } from './organization.ts';
import { orphans } from './orphans.ts';
import { outbox } from './outbox.ts';
import { processes } from './processes.ts';
import { replay } from './replay.ts';
import { runs } from './runs.ts';
import { votes } from './votes.ts';

/** All tables on one session or on the pool. `outboxAdded` hears of every new outbox row; `auditLate` keeps notes beside the audit chain. */
export function repositories(sql: Sql, outboxAdded: () => void, auditLate = false): Repositories {
  const box = outbox(sql, outboxAdded);
  return {
    async now() {
      return onlyOf(z.object({ now: Instant }), await sql.ask('SELECT clock_timestamp() AS now'), 'clock').now;
    },
    deliveries: deliveries(sql),
    findings: findings(sql),
    incidents: incidents(sql),
    runs: runs(sql),
    journal: journal(sql),
    approvals: approvals(sql),
    votes: votes(sql),
    messages: messages(sql, box),
    outbox: box,
    audit: audit(sql, auditLate),
    checkpoints: checkpoints(sql),
    epoch: epoch(sql),
    orphans: orphans(sql),
    killSwitch: killSwitch(sql),
    replay: replay(sql),
    feeds: feeds(sql),
    health: health(sql),
    processes: processes(sql),
    opsLine: opsLine(sql),
    figures: figures(sql),
    organization: organization(sql),
  };
}
