import { ACTIONS } from '../../actions/registry.generated.ts';
import { type Playbook, stepsOf } from '../../domain/playbook.ts';
import { type Coverage, coverage, isCovered, type Landed } from '../../playbooks/coverage.ts';
import type { Explanation } from '../../playbooks/explain.ts';
import { fixturesBeside, lint as lintPlaybooks } from '../../playbooks/lint.ts';
import { projectRoot } from '../../project-root.ts';
import { catalogRows } from '../../sources/catalog.ts';
import { readFindings } from '../../sources/read.ts';
import { type CliBase, type Command, EXIT, UsageError } from '../command.ts';
import { findingFiles } from '../finding-files.ts';
import { installedPlaybooks, settingsIfAny } from '../knowledge.ts';
import { facts, harmless, paint, printJson, table } from '../print.ts';

/** The playbooks of this installation. */
const command: Command = {
  name: 'playbooks',
  usage: ['list', 'show ID', 'lint', 'explain FILE', 'coverage'],
  summary: 'List or show playbooks, check them all, explain where a finding goes, or count what they cover.',
  needs: 'nothing',
  async run(context: CliBase) {
    const [verb, subject, ...rest] = context.args;
    if (rest.length > 0) throw new UsageError('One subject at a time.');
    if (verb === 'list' && subject === undefined) return list(context);
    if (verb === 'show' && subject !== undefined) return show(context, subject);
    if (verb === 'lint' && subject === undefined) return lint(context);
    if (verb === 'explain' && subject !== undefined) return explain(context, subject);
    if (verb === 'coverage' && subject === undefined) return showCoverage(context);
    throw new UsageError('Say list, lint, coverage, show with an id, or explain with a file.');
  },
};

async function list(context: CliBase): Promise<number> {
  const all = (await installedPlaybooks()).list();
  if (context.json) {
    for (const { playbook, hash, file } of all)
      printJson(context, { id: playbook.id, title: playbook.title, file, hash });
    return EXIT.ok;
  }
  const rows = all.map(({ playbook, file }) => [playbook.id, playbook.title, file]);
  table(context, ['PLAYBOOK', 'TITLE', 'FILE'], rows, 'There are no playbooks.');
  return EXIT.ok;
}

async function show(context: CliBase, id: string): Promise<number> {
  const loaded = (await installedPlaybooks()).get(id);
  if (loaded === undefined) {
    context.err(`There is no playbook ${harmless(id, 60)}. See playbooks list.`);
    return EXIT.failed;
  }
  if (context.json) printJson(context, loaded);
  else printPlaybook(context, loaded.playbook, loaded.file, loaded.hash);
  return EXIT.ok;
}

function printPlaybook(context: CliBase, playbook: Playbook, file: string, hash: string): void {
  context.out(paint(context, 'bold', `${playbook.id}  ${playbook.title}`));
  facts(context, [
    ['file', file],
    ['hash', hash],
  ]);
  let phase = '';
  for (const { phase: next, step } of stepsOf(playbook)) {
    if (next !== phase) context.out(`\n${next}`);
    phase = next;
    context.out(`  ${step.id}  ${step.title}${step.action ? `  [${step.action.use}]` : ''}`);
  }
}

/** Loading finds what is not valid, with file, line, field and hint; lint then says what is valid and not good. An error of either is exit code 1. */
async function lint(context: CliBase): Promise<number> {
  const playbooks = (await installedPlaybooks()).list();
  const findings = lintPlaybooks(playbooks, {
    today: new Date().toISOString().slice(0, 10),
    risks: new Map(ACTIONS.map(({ id, risk }) => [id, risk])),
    fixtures: fixturesBeside(projectRoot(import.meta.url)),
  });
  const ok = findings.every(({ level }) => level !== 'error');
  if (context.json) printJson(context, { ok, playbooks: playbooks.length, findings });
  else {
    for (const one of findings) {
      context.out(
        `${paint(context, one.level === 'error' ? 'red' : 'yellow', one.level)}  ${one.playbookId} ${one.field}: ${one.message}. ${one.hint}`,
      );
    }
    context.out(`${paint(context, ok ? 'green' : 'red', ok ? 'ok' : 'not ok')}  ${playbooks.length} playbooks`);
  }
  return ok ? EXIT.ok : EXIT.failed;
}

/** What of AWS's catalogues and of the whitepaper's headings has a playbook. Exit code 1 when something has none. */
async function showCoverage(context: CliBase): Promise<number> {
  const found = coverage(await installedPlaybooks(), {
    types: catalogRows('guardduty-finding-types.tsv'),
    controls: catalogRows('securityhub-controls.tsv'),
    headings: catalogRows('whitepaper-sections.tsv'),
  });
  const ok = isCovered(found);
  if (context.json) printJson(context, { ok, ...found });
  else printCoverage(context, found, ok);
  return ok ? EXIT.ok : EXIT.failed;
}

function printCoverage(context: CliBase, found: Coverage, ok: boolean): void {
  const line = ({ total, specific, byRung }: Landed): string => {
    const rungs = Object.entries(byRung).flatMap(([rung, count]) => (count === 0 ? [] : [`${rung} ${count}`]));
    return `${specific} of ${total} on a playbook of their own (${rungs.join(', ')})`;
  };
  const { outline, notes } = found.headings;
  facts(context, [
    ['GuardDuty types', line(found.types)],
    ['controls', line(found.controls)],
    [
      'headings',
      `${outline.total - outline.missing.length} of ${outline.total} of the whitepaper, ${notes.total - notes.missing.length} of ${notes.total} of the notes`,
    ],
    ['ties', String(found.ties)],
    ['playbooks', String(found.playbooks)],
  ]);
  for (const name of [...found.types.caught, ...found.controls.caught]) context.out(`  only a catch-all takes ${name}`);
  for (const { type, playbook } of found.activeByNet) context.out(`  only the safety net of ${playbook} takes ${type}`);
  for (const path of [...outline.missing, ...notes.missing]) context.out(`  no playbook for ${path}`);
  context.out(paint(context, ok ? 'green' : 'red', ok ? 'ok' : 'not ok'));
}

async function explain(context: CliBase, path: string): Promise<number> {
  const playbooks = await installedPlaybooks();
  const settings = await settingsIfAny(context);
  let explained = 0;
  for await (const { name, text, problem } of findingFiles(context.cwd, [path])) {
    if (problem !== null) context.err(`${harmless(name)}: ${harmless(problem)}`);
    for (const finding of text === null ? [] : readFindings(text).findings) {
      explained += 1;
      const account = settings?.accounts.find(({ id }) => id === finding.accountId);
      const explanation = playbooks.explain(finding, account);
      if (context.json) printJson(context, { file: name, key: finding.key, ...explanation });
      else printExplanation(context, harmless(finding.type ?? finding.control ?? finding.title, 80), explanation);
    }
  }
  if (explained === 0) context.err('No finding could be read there; match says why.');
  return explained === 0 ? EXIT.failed : EXIT.ok;
}

function printExplanation(
  context: CliBase,
  subject: string,
  { candidates, rejected, conditions, severity }: Explanation,
): void {
  context.out(paint(context, 'bold', subject));
  candidates.forEach((one, index) => {
    context.out(
      `  ${index + 1}. ${one.playbookId}  ${one.rung}  ${one.rule}${one.decidedBy === undefined ? '' : `  (${one.decidedBy})`}`,
    );
  });
  for (const one of rejected) context.out(`  out: ${one.playbookId}  ${one.rule}  (${one.why})`);
  for (const one of conditions) {
    const missing = one.missing.length === 0 ? '' : `  missing: ${one.missing.join(', ')}`;
    context.out(`  condition ${one.field}: ${one.holds ? 'holds' : 'does not hold'}${missing}`);
  }
  context.out(`  severity ${severity.severity}${severity.why.length === 0 ? '' : `: ${severity.why.join('; ')}`}`);
}

export default command;
