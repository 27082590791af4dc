import { messageOf } from '../../domain/errors.ts';
import { section } from '../cards/parts.ts';
import { mrkdwn, node, strong } from '../escape.ts';
import type { Rights } from '../flow-api.ts';
import { listing } from './answer.ts';
import type { Command } from './contract.ts';

/** All subcommands, and what the person may do. Open to everybody of the workspace. */
export default {
  name: 'help',
  usage: 'help',
  summary: 'this list, and what you may do',
  async run({ deps, person, commands }) {
    const settings = await deps.settings.current();
    const yours = await deps.api.rights(settings, person.id).then(inWords, (error: unknown) => {
      deps.log.warn({ personId: person.id, err: messageOf(error) }, 'user groups could not be read for the help');
      return 'not known just now: Slack did not say who is in its user groups';
    });
    const lines = commands.map((command) => [
      strong(`${settings.slack.command} ${command.usage}`),
      node(`: ${command.summary}`),
    ]);
    const above = section({ kind: 'answer', id: 'help', rev: 0 }, 'rights', mrkdwn`You may: ${yours}.`);
    return listing(
      'Commands',
      lines,
      mrkdwn`Nothing in AWS changes without an approval of that exact plan by somebody other than the one who asked.`,
      above,
    );
  },
} satisfies Command as Command;

function inWords(rights: Rights): string {
  if (!rights.named) return 'nothing: cordon.yaml gives you no role';
  const may = [
    ...(rights.responder ? ['work incidents and ask for plans (responder)'] : []),
    ...(rights.approver ? ['decide on requests of others (approver)'] : []),
    ...(rights.ownerOf.length > 0 ? [`decide as owner of ${rights.ownerOf.length} accounts`] : []),
    ...(rights.operator ? ['vote to resume after a stop (operator)'] : []),
    'stop all changes',
  ];
  return may.join('; ');
}
