import type { Requirement } from '../../domain/approval.ts';
import { explainPolicy } from '../../flow/explain-policy.ts';
import { type CliContext, type Command, EXIT, UsageError } from '../command.ts';
import { facts, harmless, paint, personName, printJson } from '../print.ts';

/** Who may approve a kind of change in an account, by which rule, and why one person may not. */
const command: Command = {
  name: 'policy',
  usage: ['explain ACCOUNT ACTION [PERSON]'],
  summary: 'Explain who may approve an action in an account, and why a person may not.',
  needs: 'product',
  async run(context: CliContext) {
    const [verb, account, action, personId, ...rest] = context.args;
    if (verb !== 'explain' || account === undefined || action === undefined || rest.length > 0)
      throw new UsageError('Say explain, an account and an action, such as explain prod-web ec2.isolate-instance.');
    const outcome = await explainPolicy(context.deps, { account, action, personId: personId ?? null });
    if (!outcome.ok) {
      context.err(`${harmless(outcome.refusal.message)}\n  ${harmless(outcome.refusal.hint, 600)}`);
      return EXIT.failed;
    }
    const { change, undo, person, notes, ...what } = outcome.value;
    if (context.json) {
      printJson(context, outcome.value);
      return EXIT.ok;
    }
    const slots = 'forbiddenBy' in change ? [] : change.slots;
    const names = await context.deps.people.names([
      ...(person ? [person.id] : []),
      ...slots.flatMap(({ from }) => from),
    ]);
    context.out(paint(context, 'bold', `${what.action.title} (${what.action.id}) in ${what.account}`));
    facts(context, [
      ['risk', what.action.risk],
      ...rows(change),
      ...slots.map(({ label, from }): readonly [string, string] => [
        harmless(label, 80),
        from.map((id) => personName(names, id)).join(', ') || 'nobody',
      ]),
      ...(undo === null ? [] : [['roll back', needed(undo)] as const]),
      ...(person === null
        ? []
        : [
            [
              personName(names, person.id),
              `may ${person.may ? '' : 'not '}decide: ${harmless(person.why, 300)}`,
            ] as const,
          ]),
    ]);
    for (const note of notes) context.out(harmless(note, 300));
    return EXIT.ok;
  },
};

function rows(change: Requirement | { readonly forbiddenBy: string }): readonly (readonly [string, string])[] {
  if ('forbiddenBy' in change) return [['forbidden', `by the policy “${harmless(change.forbiddenBy, 80)}”`]];
  return [
    ['needs', needed(change)],
    ['because', harmless(change.because, 400)],
  ];
}

function needed({ people, slots }: Requirement): string {
  return `${people} ${people === 1 ? 'person' : 'people'}: ${slots.map(({ n, label }) => `${n} × ${harmless(label, 80)}`).join(' and ')}`;
}

export default command;
