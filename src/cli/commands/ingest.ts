import { ingest } from '../../flow/ingest.ts';
import { type CliContext, type Command, EXIT } from '../command.ts';
import { findingFiles } from '../finding-files.ts';
import { harmless, printError, printJson } from '../print.ts';

/** Puts files through the real pipeline, as if they had come from the queue. */
const command: Command = {
  name: 'ingest',
  usage: ['FILE|DIR…'],
  summary: 'Put files with findings through the real pipeline, as if they came from the queue.',
  needs: 'product',
  async run(context: CliContext) {
    let failed = 0;
    for await (const { name, text, problem } of findingFiles(context.cwd, context.args)) {
      if (text === null) {
        failed += 1;
        report(context, { file: name, delivery: null, state: 'unreadable', problem });
        continue;
      }
      try {
        const { id, state } = await ingest(context.deps, { transport: 'cli', transportId: name, body: text });
        report(context, { file: name, delivery: id, state, problem: null });
      } catch (error) {
        failed += 1;
        printError(context, error);
      }
    }
    return failed === 0 ? EXIT.ok : EXIT.failed;
  },
};

interface Line {
  readonly file: string;
  readonly delivery: string | null;
  readonly state: 'stored' | 'duplicate' | 'unreadable';
  readonly problem: string | null;
}

function report(context: CliContext, line: Line): void {
  if (context.json) printJson(context, line);
  else
    context.out(
      `${line.state.padEnd(10)}  ${line.delivery ?? '-'}  ${harmless(line.file)}${line.problem === null ? '' : `: ${harmless(line.problem)}`}`,
    );
}

export default command;
