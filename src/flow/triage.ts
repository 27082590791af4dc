import { SYSTEM } from '../domain/audit.ts';
import { messageOf } from '../domain/errors.ts';
import type { Finding } from '../domain/finding.ts';
import type { Incident } from '../domain/incident.ts';
import { sameJson } from '../domain/json.ts';
import { severityOf } from '../playbooks/severity-policy.ts';
import type { Delivery, Deps, PlaybookSet, Repositories } from '../ports.ts';
import { type Problem, readFindings } from '../sources/read.ts';
import { resolveSettled } from './close.ts';
import { correlate } from './correlate.ts';
import { isActionable, isNews, mergeFinding } from './merge-finding.ts';

/** How long a delivery that fails again and again is tried, before it is put aside so that the others are not held up. */
const PATIENCE_MS = 10 * 60_000;

/** Reads a stored delivery: every finding in it is stored, matched and folded into an incident; what cannot be read puts the delivery in quarantine. */
export async function triage(deps: Deps, deliveryId: string): Promise<void> {
  const delivery = await deps.store.read.deliveries.get(deliveryId);
  if (delivery?.state !== 'received') return;
  try {
    await triageDelivery(deps, delivery);
  } catch (error) {
    const age = Date.parse(await deps.store.read.now()) - Date.parse(delivery.receivedAt);
    if (age < PATIENCE_MS) throw error;
    deps.log.error(
      { delivery: delivery.id, err: messageOf(error) },
      'a delivery failed too long and is put in quarantine',
    );
    const message = 'It could not be triaged for ten minutes; the log says why.';
    const hint = `When that is mended: npm run -s cordon -- quarantine replay ${delivery.id}`;
    await settle(deps, delivery, 0, [{ code: 'triage_failed', field: '', message, hint }]);
  }
}

async function triageDelivery(deps: Deps, delivery: Delivery): Promise<void> {
  const { findings, problems } = readFindings(delivery.body);
  if (findings.length > 0) {
    const [settings, playbooks] = [await deps.lastGood.settings(), await deps.lastGood.playbooks()];
    for (const finding of findings) {
      const account = settings.accounts.find((one) => one.id === finding.accountId);
      await deps.store.tx((tx) => triageFinding(tx, finding, (one) => playbooks.match(one, account)));
    }
  }
  await settle(deps, delivery, findings.length, problems);
}

async function settle(deps: Deps, delivery: Delivery, read: number, problems: readonly Problem[]): Promise<void> {
  await deps.store.tx(async (tx) => {
    const row = await tx.deliveries.lock(delivery.id);
    if (row?.state !== 'received') return;
    const [problem] = problems;
    await tx.deliveries.setState(delivery.id, problem ? 'quarantined' : 'processed', problem ?? null);
    await tx.audit.append({
      event: problem ? 'delivery.quarantined' : 'delivery.processed',
      actor: SYSTEM,
      subject: `delivery:${delivery.id}`,
      details: {
        findings: read,
        problems: problems.length,
        ...(problem && { code: problem.code, field: problem.field }),
      },
    });
  });
}

type Matcher = (finding: Finding) => ReturnType<PlaybookSet['match']>;

async function triageFinding(tx: Repositories, incoming: Finding, matcher: Matcher): Promise<void> {
  const stored = await tx.findings.lock(incoming.key);
  const finding = stored ? mergeFinding(stored.finding, incoming) : incoming;
  if (stored && !isNews(stored.finding, finding)) return storeQuietly(tx, stored.finding, finding, stored.incidentId);
  const match = matcher(finding);
  const severity = severityOf(match.primary.playbook.playbook, finding);
  const { incident, outcome } = await correlate(tx, finding, match, severity, stored?.incidentId ?? null);
  await tx.findings.put(finding, incident?.id ?? null);
  await tx.audit.append({
    event: stored ? 'finding.updated' : 'finding.stored',
    actor: SYSTEM,
    subject: `finding:${finding.key}`,
    details: {
      incident: incident?.id ?? null,
      outcome,
      account: finding.accountId,
      playbook: match.primary.playbook.playbook.id,
    },
  });
  if (incident && outcome === 'updated' && !isActionable(finding)) await closeWhenAllSettled(tx, incident);
}

/** Nothing a responder would care about (our own write-back, another copy), but the record keeps what it adds. */
async function storeQuietly(
  tx: Repositories,
  before: Finding,
  after: Finding,
  incidentId: string | null,
): Promise<void> {
  if (sameJson(before, after)) return;
  await tx.findings.put(after, incidentId);
  await tx.audit.append({
    event: 'finding.updated',
    actor: SYSTEM,
    subject: `finding:${after.key}`,
    details: { incident: incidentId, outcome: 'quiet' },
  });
}

async function closeWhenAllSettled(tx: Repositories, incident: Incident): Promise<void> {
  const findings = await tx.findings.ofIncident(incident.id);
  if (findings.some((row) => isActionable(row.finding))) return;
  await resolveSettled(tx, incident);
}
