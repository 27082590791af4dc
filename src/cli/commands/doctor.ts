import { type CliContext, type Command, EXIT } from '../command.ts';
import { type Check, doctorChecks } from '../doctor-checks.ts';
import { harmless, paint, printJson } from '../print.ts';

/** Looks at everything Cordon depends on and says what to do about what is wrong. Changes nothing in AWS. */
const command: Command = {
  name: 'doctor',
  usage: [],
  summary: 'Check store, queues, Slack, settings, playbooks and every role; changes nothing in AWS.',
  needs: 'product',
  async run(context: CliContext) {
    let wrong = 0;
    for await (const check of doctorChecks(context)) {
      if (check.state === 'wrong') wrong += 1;
      if (context.json) printJson(context, check);
      else printCheck(context, check);
    }
    if (!context.json) context.out(wrong === 0 ? '\nAll is well.' : `\n${wrong} to mend.`);
    return wrong === 0 ? EXIT.ok : EXIT.failed;
  },
};

const SIGNS = {
  ok: ['green', 'ok   '],
  wrong: ['red', 'WRONG'],
  skipped: ['dim', '-    '],
} as const;

function printCheck(context: CliContext, { what, state, detail, hint }: Check): void {
  const [style, sign] = SIGNS[state];
  const lines = detail.split('\n').map((line) => harmless(line, 400));
  context.out(`${paint(context, style, sign)}  ${what}: ${lines.join('\n       ')}`);
  if (hint !== '') context.out(`       ${hint}`);
}

export default command;
