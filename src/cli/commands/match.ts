import type { Finding } from '../../domain/finding.ts';
import type { Settings } from '../../domain/settings.ts';
import { describeMatch } from '../../playbooks/describe.ts';
import type { Playbooks } from '../../playbooks/load.ts';
import { readFindings } from '../../sources/read.ts';
import { type CliBase, type Command, EXIT } from '../command.ts';
import { type FindingFile, findingFiles } from '../finding-files.ts';
import { installedPlaybooks, settingsIfAny } from '../knowledge.ts';
import { harmless, paint, printJson } from '../print.ts';

/** Which playbook takes each finding of some files, and why; stores nothing. */
const command: Command = {
  name: 'match',
  usage: ['FILE|DIR…'],
  summary: 'Say which playbook takes each finding of some files, and why; stores nothing.',
  needs: 'nothing',
  async run(context: CliBase) {
    const playbooks = await installedPlaybooks();
    const settings = await settingsIfAny(context);
    let unread = 0;
    for await (const file of findingFiles(context.cwd, context.args)) {
      unread += matchFile(context, file, playbooks, settings);
    }
    return unread === 0 ? EXIT.ok : EXIT.failed;
  },
};

/** Prints a line for each finding and each problem; gives the number of problems. */
function matchFile(
  context: CliBase,
  { name, text, problem }: FindingFile,
  playbooks: Playbooks,
  settings: Settings | undefined,
): number {
  if (text === null) {
    printProblem(context, name, {
      code: 'file_unreadable',
      field: '',
      message: problem ?? '',
      hint: 'Check the path and its permissions.',
    });
    return 1;
  }
  const { findings, problems, refused } = readFindings(text);
  for (const finding of findings) printFinding(context, name, finding, playbooks, settings);
  // Refused ones are shown all the same, so that people see what it was about; each has its problem below.
  for (const finding of refused) printFinding(context, name, finding, playbooks, settings, ' (refused)');
  for (const one of problems) printProblem(context, name, one);
  return problems.length;
}

function printFinding(
  context: CliBase,
  name: string,
  finding: Finding,
  playbooks: Playbooks,
  settings: Settings | undefined,
  mark = '',
): void {
  const account = settings?.accounts.find(({ id }) => id === finding.accountId);
  const result = playbooks.match(finding, account);
  if (context.json) {
    printJson(context, { ...describeMatch(finding, result, name), ...(mark !== '' && { refused: true }) });
    return;
  }
  const { playbook, rung, why } = result.primary;
  const subject = harmless(finding.type ?? finding.control ?? finding.title, 80);
  const where = `${account?.alias ?? 'unlisted account'} (${harmless(finding.accountId, 40)}) ${harmless(finding.region, 40)}`;
  context.out(
    `${paint(context, 'bold', playbook.playbook.id)}  ${rung}  ${finding.severity}${finding.sample ? ' (sample)' : ''}${mark}  ${subject}  ${where}`,
  );
  context.out(`  ${harmless(name)}: ${why}`);
  if (result.runnerUp)
    context.out(`  next: ${result.runnerUp.playbookId} (${result.runnerUp.rung}: ${result.runnerUp.rule})`);
}

interface Problem {
  readonly code: string;
  readonly field: string;
  readonly message: string;
  readonly hint: string;
}

function printProblem(context: CliBase, file: string, problem: Problem): void {
  if (context.json) {
    printJson(context, { file, problem });
    return;
  }
  const where = problem.field === '' ? '' : ` at ${problem.field}`;
  context.err(
    `${paint(context, 'yellow', 'not read')}  ${harmless(file)}${harmless(where)}: ${harmless(problem.message)} (${problem.code})`,
  );
  context.err(`  ${problem.hint}`);
}

export default command;
