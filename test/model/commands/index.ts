import fc from 'fast-check';
import type { Kind, Written } from './command.ts';
import * as findings from './findings.ts';
import * as people from './people.ts';
import * as surroundings from './surroundings.ts';
import * as work from './work.ts';

/** Everything that can happen. */
const KINDS: readonly Kind[] = [
  findings.deliver,
  findings.redeliver,
  findings.poison,
  people.plan,
  people.askApproval,
  people.vote,
  people.carryOn,
  people.overtake,
  people.atTheEdge,
  people.rollBack,
  people.close,
  people.stopAll,
  people.resumeAll,
  people.pressButton,
  people.foreigner,
  work.work,
  work.receive,
  work.relay,
  work.sweep,
  work.messages,
  work.restart,
  work.resumeProcess,
  work.flush,
  work.skew,
  work.pass,
  surroundings.outside,
  surroundings.awsTrouble,
  surroundings.breakAccount,
  surroundings.slackTrouble,
  surroundings.roles,
  surroundings.editPlaybook,
  surroundings.breakSettings,
  surroundings.stopFile,
];

/** One command, drawn by the weights. */
export const anyCommand: fc.Arbitrary<Written> = fc.oneof(
  ...KINDS.map(({ name, weight, args }) => ({
    weight,
    arbitrary: args.map((drawn: unknown): Written => ({ name, args: drawn })),
  })),
);

export function kindOf(name: string): Kind {
  const found = KINDS.find((one) => one.name === name);
  if (found === undefined) throw new Error(`there is no command “${name}”`);
  return found;
}
