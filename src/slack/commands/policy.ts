import type { Requirement } from '../../domain/approval.ts';
import type { PolicyExplanation } from '../../flow/explain-policy.ts';
import { needs } from '../cards/approval.ts';
import { people, type RichLine, section, sentence } from '../cards/parts.ts';
import { refusalMessage } from '../cards/refusal.ts';
import { longer, mrkdwn, named, node, strong } from '../escape.ts';
import { listing, misuse } from './answer.ts';
import { type Command, memberIn } from './contract.ts';

const USAGE = 'policy explain ACCOUNT ACTION [@user]';
const SHOWN = 20;

/** Who may approve a kind of change in an account, by which rule, and why one person may not; without a person, the one who asks. */
export default {
  name: 'policy',
  usage: USAGE,
  summary: 'who may approve an action in an account, and why you, or somebody else, may not',
  async run({ deps, person, reference }, words) {
    const [verb, account, action, whom, ...rest] = words;
    if (verb !== 'explain' || account === undefined || action === undefined || rest.length > 0)
      return misuse(USAGE, 'Say an account and an action, for example `policy explain prod-web ec2.isolate-instance`.');
    const personId = whom === undefined ? person.id : memberIn(whom);
    if (personId === undefined)
      return misuse(USAGE, `“${whom}” is no member: pick a name from Slack’s list, or give a member id.`);
    const outcome = await deps.api.explainPolicy({ account, action, personId });
    if (!outcome.ok) return refusalMessage(outcome.refusal, reference);
    return explained(outcome.value, await deps.people.names(everybodyIn(outcome.value)));
  },
} satisfies Command as Command;

function everybodyIn({ change, undo, person }: PolicyExplanation): readonly string[] {
  const slots = [change, undo].flatMap((one) => (one === null || 'forbiddenBy' in one ? [] : one.slots));
  return [...(person === null ? [] : [person.id]), ...slots.flatMap(({ from }) => from.slice(0, SHOWN))];
}

function explained(explanation: PolicyExplanation, names: ReadonlyMap<string, string>) {
  const { account, action, change, undo, person, notes } = explanation;
  const what = mrkdwn`${action.title} (${action.id}, ${action.risk}) in ${account}`;
  const rule =
    'forbiddenBy' in change
      ? mrkdwn`is forbidden by the policy “${change.forbiddenBy}”.`
      : mrkdwn`needs ${people(change.people)}: ${needs(change.slots)}. ${longer(sentence(change.because), 400)}`;
  const who =
    person === null
      ? mrkdwn``
      : mrkdwn` ${named(person.id, names)} may ${person.may ? mrkdwn`decide on it` : mrkdwn`not decide on it`}: ${sentence(person.why)}`;
  const above = section({ kind: 'answer', id: 'policy', rev: 0 }, 'rule', mrkdwn`${what} ${rule}${who}`);
  const lines = [
    ...('forbiddenBy' in change ? [] : slotLines(change, names)),
    ...(undo === null
      ? []
      : [[strong('Its roll back'), node(` needs ${people(undo.people)}: ${needs(undo.slots)}.`, 300)]]),
    ...notes.map((note): RichLine => [node(note)]),
  ];
  return listing('Who may approve', lines, undefined, above);
}

/** By name and id, not as mentions: nobody is pinged by an explanation. */
function slotLines(requirement: Requirement, names: ReadonlyMap<string, string>): readonly RichLine[] {
  return requirement.slots.map(({ label, n, from }) => {
    const shown = from.slice(0, SHOWN).map((id) => (names.has(id) ? `${names.get(id)} (${id})` : id));
    const more = from.length > SHOWN ? ` and ${from.length - SHOWN} more` : '';
    return [
      strong(`${n} × ${label}`, 200),
      node(`: ${shown.length === 0 ? 'nobody' : shown.join(', ')}${more}`, 1_200),
    ];
  });
}
