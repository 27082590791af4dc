import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join, relative, sep } from 'node:path';
import type { Account } from '../domain/account.ts';
import { CordonError, messageOf } from '../domain/errors.ts';
import type { Finding } from '../domain/finding.ts';
import { hashOf, sha256 } from '../domain/json.ts';
import { BASE_TEMPLATES, type LoadedPlaybook } from '../domain/playbook.ts';
import { candidatesOf, findTies } from './candidate.ts';
import { checkPlaybook } from './check.ts';
import { suggestion } from './did-you-mean.ts';
import { type Expanded, expand } from './expand.ts';
import { type Explanation, explain } from './explain.ts';
import { CATCH_ALLS, compileMatcher, type Matcher, type MatchResult, type Pin } from './match.ts';
import { type PlaybookProblem, PlaybooksError } from './problem.ts';
import { validate } from './validate.ts';
import { parseYaml, type YamlFile } from './yaml-file.ts';

export interface OpenOptions {
  /** Read in this order; ids are unique over all of them, templates may be used across. */
  readonly directories: readonly string[];
  /** Ids of the actions that exist. */
  readonly actions: Iterable<string>;
  readonly pins?: readonly Pin[];
}

/** A valid set of playbooks, compiled. */
export interface Playbooks {
  get(id: string): LoadedPlaybook | undefined;
  list(): readonly LoadedPlaybook[];
  match(finding: Finding, account: Account | undefined): MatchResult;
  explain(finding: Finding, account: Account | undefined): Explanation;
}

/**
 * The playbooks of some directories. `current` looks at the files each time and reads them again when one changed: the whole new set, or, when anything
 * in it is wrong, a PlaybooksError with every problem; a directory that cannot be read is a CordonError. The old set is never used on.
 */
export function openPlaybooks(options: OpenOptions): { current(): Promise<Playbooks> } {
  const actions = new Set(options.actions);
  let last: { readonly stamp: string; readonly text: string; readonly result: Playbooks | PlaybooksError } | undefined;
  let running: Promise<Playbooks> | undefined;

  async function refresh(): Promise<Playbooks> {
    const files = await listFiles(options.directories);
    const stamp = hashOf(files.map(({ path, stamp: one }) => [path, one]));
    if (last?.stamp !== stamp) {
      const texts = await Promise.all(
        files.map(async ({ path, name }) => ({ path, name, text: await readFile(path, 'utf8') })),
      );
      const text = hashOf(texts.map((file) => [file.path, sha256(file.text)]));
      const result = last?.text === text ? last.result : build(texts, actions, options.pins ?? []);
      last = { stamp, text, result };
    }
    if (last.result instanceof PlaybooksError) throw last.result;
    return last.result;
  }

  return {
    current: () => {
      // Callers that come while files are being read share that reading.
      running ??= refresh()
        .catch(unreadable)
        .finally(() => {
          running = undefined;
        });
      return running;
    },
  };
}

function unreadable(thrown: unknown): never {
  if (thrown instanceof CordonError) throw thrown;
  throw new CordonError('playbooks_unreadable', `The playbooks cannot be read: ${messageOf(thrown)}`, {
    hint: 'Check that the directories of the playbooks are there and that this user may read them.',
    retry: true,
    cause: thrown,
  });
}

interface FoundFile {
  readonly path: string;
  /** As shown in problems: the directory's name and the place below it. */
  readonly name: string;
  /** Inode and times: a changed file cannot keep them all. */
  readonly stamp: string;
}

async function listFiles(directories: readonly string[]): Promise<readonly FoundFile[]> {
  const lists = await Promise.all(
    directories.map(async (directory) => {
      const entries = await readdir(directory, { recursive: true, withFileTypes: true });
      const yaml = entries.filter((entry) => entry.isFile() && entry.name.endsWith('.yaml'));
      return Promise.all(yaml.map(({ parentPath, name }) => stampOf(directory, join(parentPath, name))));
    }),
  );
  return lists.flatMap((list) => list.toSorted((a, b) => (a.path < b.path ? -1 : 1)));
}

async function stampOf(directory: string, path: string): Promise<FoundFile> {
  const { ino, size, mtimeMs, ctimeMs } = await stat(path);
  return {
    path,
    name: join(basename(directory), relative(directory, path)),
    stamp: [ino, size, mtimeMs, ctimeMs].join(),
  };
}

interface Text {
  readonly path: string;
  readonly name: string;
  readonly text: string;
}

function build(texts: readonly Text[], actions: ReadonlySet<string>, pins: readonly Pin[]): Playbooks | PlaybooksError {
  const problems: PlaybookProblem[] = [];
  const files: YamlFile[] = [];
  for (const { name, text } of texts) {
    const parsed = parseYaml(name, text);
    if ('problems' in parsed) problems.push(...parsed.problems);
    else files.push(parsed);
  }
  const templates = new Map(files.filter(isTemplate).map((file) => [templateName(file), file]));
  const loaded: Loaded[] = [];
  for (const file of files.filter((one) => !isTemplate(one))) {
    const result = loadFile(file, templates, actions);
    if ('problems' in result) problems.push(...result.problems);
    else loaded.push(result);
  }
  problems.push(...checkSet(loaded, pins, problems.length === 0));
  return problems.length > 0 ? new PlaybooksError(unique(problems)) : compile(loaded, pins);
}

function isTemplate({ file }: YamlFile): boolean {
  return basename(file).startsWith('_');
}

function templateName({ file }: YamlFile): string {
  return basename(file, '.yaml');
}

/** `playbooks/iam/access-key-compromise.yaml` -> `iam.access-key-compromise`. */
function idOfFile(file: string): string {
  return file
    .replace(/\.yaml$/, '')
    .split(sep)
    .slice(1)
    .join('.');
}

interface Loaded extends LoadedPlaybook {
  readonly expanded: Expanded;
}

type LoadResult = Loaded | { readonly problems: readonly PlaybookProblem[] };

function loadFile(file: YamlFile, templates: ReadonlyMap<string, YamlFile>, actions: ReadonlySet<string>): LoadResult {
  const name = file.value['extends'];
  const base = typeof name === 'string' ? templates.get(name) : undefined;
  if (typeof name === 'string' && base === undefined) return { problems: [unknownTemplate(file, name, templates)] };
  const expanded = expand(file, base);
  const validated = validate(expanded);
  if ('problems' in validated) return validated;
  const { playbook } = validated;
  const defects = checkPlaybook(validated, idOfFile(file.file), actions);
  if (defects.length > 0)
    return { problems: defects.map(({ path, message, hint }) => ({ ...expanded.locate(path), message, hint })) };
  return { playbook, hash: hashOf(playbook), file: file.file, expanded };
}

function unknownTemplate(file: YamlFile, name: string, templates: ReadonlyMap<string, YamlFile>): PlaybookProblem {
  const known = templates.size > 0 ? [...templates.keys()] : BASE_TEMPLATES;
  return {
    file: file.file,
    line: file.lineOf(['extends']),
    field: 'extends',
    message: `there is no base template ${name}`,
    hint: suggestion(name, known, `Use one of: ${known.join(', ')}.`),
  };
}

/** What can only be seen over all playbooks. A missing catch-all is reported when nothing else is wrong: its file may be the broken one. */
function checkSet(loaded: readonly Loaded[], pins: readonly Pin[], complete: boolean): readonly PlaybookProblem[] {
  const byId = new Map<string, Loaded>();
  const problems: PlaybookProblem[] = [];
  for (const one of loaded) {
    const first = byId.get(one.playbook.id);
    if (first !== undefined)
      problems.push({
        ...one.expanded.locate(['id']),
        message: `the id ${one.playbook.id} is also that of ${first.file}`,
        hint: 'Ids are unique over all directories.',
      });
    else byId.set(one.playbook.id, one);
  }
  for (const [a, b] of findTies([...byId.values()].flatMap(candidatesOf))) {
    const place = byId.get(b.loaded.playbook.id)?.expanded.locate(['match', b.ruleIndex]);
    if (place !== undefined)
      problems.push({
        ...place,
        message: `"${b.text}" ties with "${a.text}" of ${a.loaded.playbook.id}`,
        hint: 'Make one more specific, add a condition or `except`, or as the last resort a priority.',
      });
  }
  if (!complete) return problems;
  const missing = Object.values(CATCH_ALLS).filter((id) => !byId.has(id));
  const unpinned = pins.filter((pin) => !byId.has(pin.playbookId));
  return [
    ...problems,
    ...missing.map((id) => ({
      file: `playbooks/${id.replace('.', '/')}.yaml`,
      line: 1,
      field: '',
      message: `the catch-all ${id} is missing`,
      hint: 'Keep the playbooks directory of the product among the directories.',
    })),
    ...unpinned.map(({ playbookId }) => ({
      file: 'pins',
      line: 1,
      field: playbookId,
      message: `a pin names ${playbookId}, which is not loaded`,
      hint: suggestion(playbookId, byId.keys(), 'Name a playbook that is loaded.'),
    })),
  ];
}

function unique(problems: readonly PlaybookProblem[]): readonly PlaybookProblem[] {
  return [...new Map(problems.map((problem) => [hashOf(problem), problem])).values()];
}

function compile(loaded: readonly Loaded[], pins: readonly Pin[]): Playbooks {
  const list = loaded
    .map(({ playbook, hash, file }) => ({ playbook, hash, file }))
    .toSorted((a, b) => (a.playbook.id < b.playbook.id ? -1 : 1));
  const byId = new Map(list.map((one) => [one.playbook.id, one]));
  const matcher: Matcher = compileMatcher(list, pins);
  return {
    get: (id) => byId.get(id),
    list: () => list,
    match: (finding, account) => matcher.match(finding, account),
    explain: (finding, account) => explain(list, matcher, finding, account),
  };
}
