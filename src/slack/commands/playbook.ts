import { stepsOf } from '../../domain/playbook.ts';
import type { LoadedPlaybook } from '../../ports.ts';
import { type RichLine, section, shortHash } from '../cards/parts.ts';
import { mrkdwn, node, strong } from '../escape.ts';
import { accountOf } from '../load.ts';
import type { Visitor } from '../visitor.ts';
import { listing, misuse, saying } from './answer.ts';
import type { Command } from './contract.ts';

const USAGE = 'playbook list, playbook show ID, playbook match INC';
const SHOWN = 25;

/** Which playbooks there are, what one says, and why an incident got its own. */
export default {
  name: 'playbook',
  usage: USAGE,
  summary: 'the playbooks, one of them step by step, or why an incident got its own',
  async run(visitor, words) {
    const set = await visitor.deps.playbooks.current();
    const [verb = 'list', id = ''] = words;
    if (verb === 'list') {
      const all = set.list();
      const lines = all
        .slice(0, SHOWN)
        .map(({ playbook }): RichLine => [strong(playbook.id), node(` ${playbook.version}: ${playbook.title}`, 120)]);
      return listing(
        'Playbooks',
        lines,
        all.length > SHOWN ? mrkdwn`${all.length - SHOWN} more are not shown.` : undefined,
      );
    }
    if (verb === 'show') {
      const loaded = set.get(id);
      return loaded === undefined ? misuse(USAGE, `No playbook “${id}”.`) : showPlaybook(loaded);
    }
    return verb === 'match' ? showMatch(visitor, id.toUpperCase()) : misuse(USAGE, `I do not know “${verb}”.`);
  },
} satisfies Command as Command;

function showPlaybook({ playbook, hash }: LoadedPlaybook) {
  const steps = stepsOf(playbook);
  const lines = steps
    .slice(0, 20)
    .map(
      ({ phase, step }): RichLine => [
        strong(`${phase}: `),
        node(step.title, 100),
        node(step.action === undefined ? ' (by hand)' : ` (${step.action.use})`, 80),
      ],
    );
  const above = section(
    { kind: 'answer', id: 'playbook', rev: 0 },
    'summary',
    mrkdwn`${playbook.id} ${playbook.version}: ${playbook.title}. ${playbook.summary}`,
  );
  const more = steps.length > 20 ? `${steps.length - 20} more steps. ` : '';
  return listing(
    'Steps',
    lines,
    mrkdwn`${more}${playbook.status}, reviewed ${playbook.reviewed}, sha256 ${shortHash(hash)}`,
    above,
  );
}

/** What the incident was matched by when it came in. */
async function showMatch({ deps }: Visitor, incidentId: string) {
  const incident = await deps.store.read.incidents.get(incidentId);
  if (incident === undefined) return misuse(USAGE, `There is no incident “${incidentId}”.`);
  const settings = await deps.settings.current();
  const first = (await deps.store.read.findings.ofIncident(incidentId))[0]?.finding;
  if (first === undefined)
    return saying(
      mrkdwn`${incidentId} has no finding any more; it was matched to ${incident.playbookId}: ${incident.why}`,
    );
  const match = (await deps.playbooks.current()).match(first, accountOf(settings, incident.accountId));
  const runnerUp =
    match.runnerUp === undefined
      ? mrkdwn``
      : mrkdwn` Next best: ${match.runnerUp.playbookId} (${match.runnerUp.rung}).`;
  return saying(
    mrkdwn`${incidentId} was matched to ${incident.playbookId} (${incident.rung}): ${incident.why} Matched now: ${match.primary.playbook.playbook.id} (${match.primary.rung}) by ${match.primary.rule}. ${match.primary.why}${runnerUp}`,
  );
}
