import { SYSTEM } from '../domain/audit.ts';
import { messageOf } from '../domain/errors.ts';
import type { Finding } from '../domain/finding.ts';
import { sightingOf } from '../domain/sighting.ts';
import { DEADLINES } from '../domain/waiting.ts';
import { severityOf } from '../playbooks/severity-policy.ts';
import type { Delivery, Deps, Repositories } from '../ports.ts';
import { type Problem, readFindings } from '../sources/read.ts';
import { announce } from './announce.ts';
import { correlate, filingOf, type Matcher } from './correlate.ts';
import { isNews, mergeFinding, withVersion } from './merge-finding.ts';
import { addsTo } from './polled-news.ts';
import { hasCard } from './quiet.ts';

/** How long a delivery that fails again and again is tried, before it is put aside so that the others are not held up. */
const PATIENCE_MS = DEADLINES.delivery * 1000;

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
  const news = delivery.transport === 'poll' ? await stillNews(deps, delivery, findings) : findings;
  if (news.length > 0) {
    const [settings, playbooks] = [await deps.lastGood.settings(), await deps.lastGood.playbooks()];
    for (const finding of news) {
      const account = settings.accounts.find((one) => one.id === finding.accountId);
      const outcome = await deps.store.tx(async (tx) => {
        const done = await triageFinding(tx, finding, (one) => playbooks.match(one, account));
        if (delivery.transport === 'cli') await showByHand(tx, finding.key);
        return done;
      });
      deps.meter.count('findings', { source: finding.source, outcome });
    }
  }
  await settle(deps, delivery, findings.length, problems);
}

/** What was polled is what its product said when it was asked (events bring their time with them), unless the queue has brought the same meanwhile. */
async function stillNews(
  deps: Deps,
  { receivedAt }: Delivery,
  polled: readonly Finding[],
): Promise<readonly Finding[]> {
  const stored = await deps.store.read.findings.many(polled.map(({ key }) => key));
  return polled
    .filter((one) => {
      const known = stored.find(({ finding }) => finding.key === one.key);
      return known === undefined || addsTo(known.versions, one);
    })
    .map((one) => ({ ...one, statedAt: receivedAt }));
}

async function settle(deps: Deps, delivery: Delivery, read: number, problems: readonly Problem[]): Promise<void> {
  const outcome = problems.length > 0 ? 'quarantined' : 'processed';
  await deps.store.tx(async (tx) => {
    const row = await tx.deliveries.lock(delivery.id);
    if (row?.state !== 'received') return;
    const [problem] = problems;
    await tx.deliveries.setState(delivery.id, problem ? 'quarantined' : 'processed', problem ?? null);
    await tx.audit.note({
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
  deps.meter.count('deliveries', { transport: delivery.transport, outcome });
}

/**
 * Stores what the delivery says of a finding, makes the finding's record anew from all that is known, and brings its incident to that.
 * Another delivery of the same changes nothing and leaves no row.
 */
async function triageFinding(
  tx: Repositories,
  incoming: Finding,
  matcher: Matcher,
): Promise<'new' | 'updated' | 'quiet' | 'repeated'> {
  const stored = await tx.findings.lock(incoming.key);
  const before = stored?.versions ?? [];
  const versions = withVersion(before, incoming);
  const sighting = sightingOf(incoming, severityOf(matcher(incoming).primary.playbook.playbook, incoming));
  if (!(await tx.findings.sighted(incoming.key, sighting)) && versions === before) return 'repeated';
  const finding = mergeFinding(...versions);
  const news = !stored || isNews(stored.finding, finding);
  const arrival = { stored, finding, match: matcher(finding), matcher, sighting, news };
  const filing = await filingOf(tx, arrival);
  await tx.findings.put(finding, stored?.incidentId ?? null, { correlationKey: filing.key, versions });
  const { incidentId, outcome } = await correlate(tx, arrival, filing);
  await tx.audit.note({
    event: stored ? 'finding.updated' : 'finding.stored',
    actor: SYSTEM,
    subject: `finding:${finding.key}`,
    details: {
      incident: incidentId,
      outcome: !news && outcome === 'stored' ? 'quiet' : outcome,
      account: finding.accountId,
      playbook: arrival.match.primary.playbook.playbook.id,
    },
  });
  if (!stored) return 'new';
  return news ? 'updated' : 'quiet';
}

/** Whoever puts a file in by hand waits for its card, however old the finding is. */
async function showByHand(tx: Repositories, key: string): Promise<void> {
  const id = (await tx.findings.get(key))?.incidentId ?? null;
  const incident = id === null ? undefined : await tx.incidents.get(id);
  if (incident && !(await hasCard(tx, incident))) await announce(tx, incident);
}
