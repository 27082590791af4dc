import { type CliContext, type Command, EXIT } from '../command.ts';
import { harmless, personName, printJson, table } from '../print.ts';

const MANY = 200;

/** Approvals that wait, soonest to expire first. They are given in Slack. */
const command: Command = {
  name: 'approvals',
  usage: [],
  summary: 'List the approvals that wait, soonest to expire first; they are given in Slack.',
  needs: 'product',
  async run(context: CliContext) {
    const { read } = context.deps.store;
    const pending = await read.approvals.pending(MANY);
    const votes = await Promise.all(pending.map((approval) => read.votes.ofApproval(approval.id)));
    if (context.json) {
      pending.forEach((approval, index) => {
        printJson(context, { ...approval, votes: votes[index] ?? [] });
      });
      return EXIT.ok;
    }
    const names = await context.deps.people.names(pending.map(({ requestedBy }) => requestedBy));
    const rows = pending.map((approval, index) => [
      approval.id,
      approval.incidentId,
      approval.runId,
      approval.planHash.slice(0, 8),
      personName(names, approval.requestedBy),
      `${votes[index]?.length ?? 0} of ${approval.requirement.people}`,
      approval.expiresAt,
      harmless(approval.reason, 60),
    ]);
    const heading = ['REQUEST', 'INCIDENT', 'RUN', 'PLAN', 'ASKED BY', 'VOTES', 'EXPIRES', 'REASON'];
    table(context, heading, rows, 'No approval is waiting.');
    return EXIT.ok;
  },
};

export default command;
