import type { Button } from './buttons/contract.ts';
import { misuse } from './commands/answer.ts';
import { type Command, readWords } from './commands/contract.ts';
import type { Entry } from './enter.ts';
import type { SubmittableModal } from './modals/contract.ts';

/** Runs a button; whatever goes wrong, the person is told. */
export async function pressButton({ inbound, visitor }: Entry, button: Button): Promise<void> {
  if (inbound.kind !== 'button') return;
  try {
    await button.press(visitor, inbound);
  } catch (error) {
    await visitor.fail(error);
  }
}

/** Checks the fields at once, then submits. */
export async function submitModal({ inbound, visitor, reply }: Entry, modal: SubmittableModal): Promise<void> {
  if (inbound.kind !== 'submission') return;
  try {
    const errors = modal.check(inbound);
    if (Object.keys(errors).length > 0) return await reply.answer(modal.title, { kind: 'errors', errors });
    await reply.answer(modal.title, await modal.submit(visitor, inbound));
  } catch (error) {
    await visitor.fail(error);
  }
}

/** Finds the subcommand and answers with what it returns; nothing typed is the help. */
export async function runCommand({ inbound, visitor }: Entry, commands: readonly Command[]): Promise<void> {
  if (inbound.kind !== 'command') return;
  try {
    const [name = 'help', ...words] = readWords(inbound.text);
    const command = commands.find((one) => one.name === name.toLowerCase());
    await visitor.tell(
      command === undefined ? misuse('help', `There is no “${name}”.`) : await command.run(visitor, words),
    );
  } catch (error) {
    await visitor.fail(error);
  }
}
