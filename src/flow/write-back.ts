import { SYSTEM } from '../domain/audit.ts';
import { CordonError, messageOf } from '../domain/errors.ts';
import type { Finding } from '../domain/finding.ts';
import type { Deps, MessageRow } from '../ports.ts';

interface Update {
  readonly status: 'NOTIFIED' | 'RESOLVED';
  readonly note: string;
  readonly findings: readonly Finding[];
  readonly subject: string;
}

/**
 * Tells the findings' products what was done: after a verified run a note (and RESOLVED for a failed check that is now fixed), after a person's Resolve the resolution.
 * Called again until it has been delivered; saying the same twice changes nothing.
 */
export async function writeBack(deps: Deps, row: MessageRow): Promise<void> {
  const update = row.subjectId.startsWith('INC-')
    ? await ofIncident(deps, row.subjectId)
    : await ofRun(deps, row.subjectId);
  if (!update) return;
  for (const finding of update.findings) await tell(deps, finding, update);
}

async function ofIncident(deps: Deps, incidentId: string): Promise<Update | undefined> {
  const incident = await deps.store.read.incidents.get(incidentId);
  if (incident?.state !== 'resolved') return undefined;
  const findings = (await deps.store.read.findings.ofIncident(incidentId)).map((one) => one.finding);
  const note = `Cordon ${incidentId}: resolved as ${incident.resolution ?? 'fixed'}.`;
  return { status: 'RESOLVED', note, findings, subject: `incident:${incidentId}` };
}

async function ofRun(deps: Deps, runId: string): Promise<Update | undefined> {
  const run = await deps.store.read.runs.get(runId);
  if (run?.state !== 'verified' || !run.plan) return undefined;
  const stored = await deps.store.read.findings.get(run.request.findingKey);
  if (!stored) return undefined;
  const fixed = stored.finding.kind === 'posture' && run.request.kind === 'forward';
  const what = run.request.kind === 'rollback' ? 'undone' : 'done';
  const note = `Cordon ${run.incidentId}, ${run.id}: ${run.plan.action.title} ${what} and verified by reading again.`;
  return { status: fixed ? 'RESOLVED' : 'NOTIFIED', note, findings: [stored.finding], subject: `run:${runId}` };
}

async function tell(deps: Deps, finding: Finding, update: Update): Promise<void> {
  try {
    const { written, failed } = await deps.writeBack.write(finding, { status: update.status, note: update.note });
    await record(deps, finding, update, { written, failed: failed.map((one) => `${one.product}: ${one.why}`) });
  } catch (error) {
    await record(deps, finding, update, { written: [], failed: [messageOf(error)] });
    throw new CordonError('write_back_failed', `The finding could not be updated: ${messageOf(error)}`, {
      hint: 'It is tried again. Check the findings role with `cordon doctor`.',
      retry: true,
      cause: error,
    });
  }
}

async function record(
  deps: Deps,
  finding: Finding,
  update: Update,
  result: { readonly written: readonly string[]; readonly failed: readonly string[] },
): Promise<void> {
  await deps.store.tx(async (tx) => {
    await tx.audit.append({
      event: result.written.length > 0 ? 'finding.written-back' : 'finding.write-back-failed',
      actor: SYSTEM,
      subject: `finding:${finding.key}`,
      details: { because: update.subject, status: update.status, ...result },
    });
  });
}
