import type { Incident } from '../../domain/incident.ts';
import type { Run } from '../../domain/run.ts';
import { type CliContext, type Command, EXIT, UsageError } from '../command.ts';
import { accountName, facts, harmless, paint, personName, printJson, table } from '../print.ts';

/** One incident with its findings and runs. */
const command: Command = {
  name: 'show',
  usage: ['INCIDENT'],
  summary: 'Show one incident: facts, findings, plans and their journals.',
  needs: 'product',
  async run(context: CliContext) {
    const [id] = context.args;
    if (id === undefined || context.args.length !== 1)
      throw new UsageError('Name one incident, such as INC-2026-0001.');
    const incident = await context.deps.store.read.incidents.get(id);
    if (incident === undefined) {
      context.err(`There is no incident ${harmless(id, 40)}. See list --all.`);
      return EXIT.failed;
    }
    const all = await readAll(context, incident);
    if (context.json) printJson(context, all);
    else await print(context, all);
    return EXIT.ok;
  },
};

type Everything = Awaited<ReturnType<typeof readAll>>;

async function readAll({ deps }: CliContext, incident: Incident) {
  const { read } = deps.store;
  const [stored, runs] = await Promise.all([read.findings.ofIncident(incident.id), read.runs.ofIncident(incident.id)]);
  const withParts = runs.map(async (run) => {
    const approval = (await read.approvals.ofRun(run.id)) ?? null;
    const votes = approval === null ? [] : await read.votes.ofApproval(approval.id);
    return { run, approval, votes, journal: await read.journal.ofRun(run.id) };
  });
  return { incident, findings: stored.map(({ finding }) => finding), runs: await Promise.all(withParts) };
}

async function print(context: CliContext, { incident, findings, runs }: Everything): Promise<void> {
  const settings = await context.deps.settings.current();
  const names = await context.deps.people.names([
    ...(incident.ownerId === null ? [] : [incident.ownerId]),
    ...runs.flatMap(({ run, votes }) => [run.requestedBy, ...votes.map(({ personId }) => personId)]),
  ]);
  context.out(paint(context, 'bold', `${incident.id}  ${incident.title}${incident.sample ? '  (SAMPLE)' : ''}`));
  facts(context, [
    ['state', incident.state + (incident.resolution === null ? '' : `: ${incident.resolution}`)],
    ['severity', incident.severity],
    ['account', accountName(settings, incident.accountId)],
    ['region', incident.region],
    ['subject', harmless(incident.subject)],
    ['playbook', `${incident.playbookId} (${incident.rung}: ${incident.why})`],
    ['owner', incident.ownerId === null ? 'nobody yet' : personName(names, incident.ownerId)],
    ['seen', `${incident.firstSeenAt} to ${incident.lastSeenAt}`],
  ]);
  context.out('');
  const findingRows = findings.map((finding) => [
    harmless(finding.id, 60),
    finding.severity,
    harmless(finding.title, 90),
  ]);
  table(context, ['FINDING', 'SEVERITY', 'TITLE'], findingRows, 'No findings.');
  for (const { run, approval, votes, journal } of runs) {
    context.out('');
    context.out(`${run.id}  ${run.state}${run.stateReason === null ? '' : `: ${harmless(run.stateReason)}`}`);
    facts(context, [
      ['step', stepText(run)],
      ['asked by', personName(names, run.requestedBy)],
      ['plan', planText(run)],
      [
        'approval',
        approval === null ? 'not asked for' : `${approval.id} ${approval.state}, ${approval.requirement.because}`,
      ],
      ...(approval === null ? [] : [['reason', harmless(approval.reason)] as const]),
      ...votes.map(({ personId, decision, reason }): readonly [string, string] => [
        decision === 'approve' ? 'approved by' : 'denied by',
        `${personName(names, personId)}: ${harmless(reason, 120)}`,
      ]),
    ]);
    for (const entry of journal) {
      context.out(
        `  ${entry.stepIndex + 1}. ${entry.stepId}  ${entry.state}${entry.readBack ? ' (read back)' : ''}  ${entry.requestId ?? ''}`.trimEnd(),
      );
    }
  }
}

function stepText({ request }: Run): string {
  return request.kind === 'rollback' ? `undo of ${request.undoes ?? 'a run'}` : request.stepId;
}

function planText({ plan, planHash }: Run): string {
  return plan === null || planHash === null ? 'none yet' : `${planHash.slice(0, 8)}  ${harmless(plan.summary)}`;
}

export default command;
