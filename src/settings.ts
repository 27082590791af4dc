/**
 * cordon.yaml read, checked and followed: a changed file is read again before its next use, and a file that is not valid stops whoever asks
 * (never the last good one, which may still let in somebody who was removed).
 */
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { isNode, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { PRODUCT_FLOOR } from './domain/approval.ts';
import { CordonError, messageOf } from './domain/errors.ts';
import { withAccounts } from './domain/merge-accounts.ts';
import type { OrganizationList } from './domain/organization.ts';
import { groupNameOf } from './domain/people.ts';
import { RISKS, type Risk } from './domain/plan.ts';
import { type ApprovalPolicy, type Settings, SettingsFile } from './domain/settings.ts';
import { tooHeavyForYaml } from './domain/yaml-weight.ts';
import type { SettingsSource } from './ports.ts';

/** Room for some thousands of accounts. */
const LIMITS = { bytes: 1_048_576, lines: 40_000 };

/** One thing that is wrong in the file; `line` counts from 1. */
export interface SettingsProblem {
  readonly file: string;
  readonly line: number;
  readonly field: string;
  readonly message: string;
  readonly hint: string;
}

/** Thrown by `SettingsSource.current` with code `settings_invalid`; holds every problem of the file. */
export class SettingsError extends CordonError {
  readonly problems: readonly SettingsProblem[];

  constructor(file: string, problems: readonly SettingsProblem[], cause?: unknown) {
    super('settings_invalid', `${file} is not valid:\n${problems.map(problemText).join('\n')}`, {
      hint: `Correct ${file}; until then nothing is planned, approved or run. cordon.example.yaml shows every field.`,
      cause,
    });
    this.name = 'SettingsError';
    this.problems = problems;
  }
}

/**
 * Opens the file at `path`; nothing is read before the first `current`. The accounts of `organization`, where the file asks for them, stand beside those of the file;
 * they are put together once for each state of both.
 */
export function openSettings(path: string, organization?: { current(): OrganizationList | undefined }): SettingsSource {
  let file: { readonly stamp: string; readonly read: Promise<SettingsFile> } | undefined;
  let merged:
    | { readonly of: SettingsFile; readonly list: OrganizationList | undefined; readonly settings: Settings }
    | undefined;
  return {
    async current() {
      const stamp = await stampOf(path);
      if (file?.stamp !== stamp) file = { stamp, read: readFileOf(path) };
      const of = await file.read;
      const list = organization?.current();
      if (merged?.of !== of || merged.list !== list) merged = { of, list, settings: withAccounts(of, list) };
      return merged.settings;
    },
  };
}

/** Parses and checks a text, with the accounts of the file alone; `file` is only named in problems. Throws SettingsError. */
export function parseSettings(text: string, file: string): Settings {
  return withAccounts(parseFile(text, file), undefined);
}

function parseFile(text: string, file: string): SettingsFile {
  const refuse = (line: number, message: string, hint: string) =>
    new SettingsError(file, [{ file, line, field: '', message, hint }]);
  const heavy = tooHeavyForYaml(text, LIMITS);
  if (heavy !== undefined)
    throw refuse(heavy.line, heavy.message, 'Write it plainly; `organization` lists many accounts.');
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, merge: false, schema: 'core' });
  const syntax = document.errors.map((error) => ({
    file,
    line: lines.linePos(error.pos[0]).line,
    field: '',
    message: error.message.split('\n')[0] ?? error.code,
    hint: 'Correct the YAML first; the fields are checked after that.',
  }));
  if (syntax.length > 0) throw new SettingsError(file, syntax);
  if (document.contents === null)
    throw new SettingsError(file, [
      { file, line: 1, field: '', message: 'The file is empty.', hint: 'Begin with a copy of cordon.example.yaml.' },
    ]);

  const locate = (path: readonly PropertyKey[]): number => {
    for (let depth = path.length; depth > 0; depth -= 1) {
      const node = document.getIn(path.slice(0, depth), true);
      if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
    }
    return 1;
  };
  const problemAt: ProblemAt = (path, message, hint) => ({
    file,
    line: locate(path),
    field: fieldName(path),
    message,
    hint,
  });

  const parsed = SettingsFile.safeParse(
    plain(document, () => refuse(1, 'aliases that multiply', 'Write the values out.')),
  );
  if (!parsed.success)
    throw new SettingsError(
      file,
      parsed.error.issues.flatMap((issue) => schemaProblems(issue, problemAt)),
    );
  const wrong = crossChecks(parsed.data, problemAt);
  if (wrong.length > 0) throw new SettingsError(file, wrong);
  return parsed.data;
}

/** The document as values. The parser's guard against aliases that multiply, or have no anchor, throws a ReferenceError. */
function plain(document: ReturnType<typeof parseDocument>, refuse: () => SettingsError): unknown {
  try {
    return document.toJS({ maxAliasCount: 20 });
  } catch (error) {
    throw error instanceof ReferenceError ? refuse() : error;
  }
}

type ProblemAt = (path: readonly PropertyKey[], message: string, hint: string) => SettingsProblem;

async function readFileOf(path: string): Promise<SettingsFile> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw unreadable(path, error);
  }
  return parseFile(text, path);
}

/** What changes with the content for any ordinary editor: time, size and the file's identity (a rename puts another file there). */
async function stampOf(path: string): Promise<string> {
  try {
    const { mtimeMs, ctimeMs, size, ino } = await stat(path);
    return createHash('sha256').update(`${mtimeMs} ${ctimeMs} ${size} ${ino}`).digest('hex');
  } catch (error) {
    throw unreadable(path, error);
  }
}

function unreadable(path: string, cause: unknown): SettingsError {
  const problem = {
    file: path,
    line: 1,
    field: '',
    message: `cannot be read: ${messageOf(cause)}`,
    hint: 'Copy cordon.example.yaml there, or point CORDON_CONFIG to your file.',
  };
  return new SettingsError(path, [problem], cause);
}

function problemText({ file, line, field, message, hint }: SettingsProblem): string {
  return `  ${file}:${line}: ${field === '' ? '' : `${field}: `}${message}\n    ${hint}`;
}

/** `accounts[2].alias`, as a person would say it. */
function fieldName(path: readonly PropertyKey[]): string {
  return path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '');
}

function schemaProblems(issue: z.core.$ZodIssue, problemAt: ProblemAt): SettingsProblem[] {
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) =>
        problemAt(
          [...issue.path, key],
          'is not a known field',
          'Remove it or correct its spelling; cordon.example.yaml lists every field.',
        ),
      );
    case 'invalid_type':
      return [problemAt(issue.path, issue.message, typeHint(issue))];
    case 'invalid_format':
      return [problemAt(issue.path, 'has the wrong form', `Write ${issue.message}.`)];
    case 'invalid_key':
      return [problemAt(issue.path, 'has the wrong form', `Write ${issue.issues[0]?.message ?? 'another name'}.`)];
    case 'invalid_union':
      return unionProblems(issue, problemAt);
    default:
      return [problemAt(issue.path, issue.message, 'See this field in cordon.example.yaml.')];
  }
}

/** What is wrong with the alternative that was meant: the first whose type fits. */
function unionProblems(issue: z.core.$ZodIssueInvalidUnion, problemAt: ProblemAt): SettingsProblem[] {
  const meant = issue.errors.find(
    (issues) => !issues.some(({ code, path }) => code === 'invalid_type' && path.length === 0),
  );
  return (meant ?? issue.errors[0] ?? []).flatMap((inner) =>
    schemaProblems({ ...inner, path: [...issue.path, ...inner.path] }, problemAt),
  );
}

function typeHint(issue: z.core.$ZodIssueInvalidType): string {
  if (issue.message.endsWith('undefined')) return 'Add this field; cordon.example.yaml shows it.';
  if (issue.expected === 'string' && issue.message.endsWith('number')) {
    return 'Put it in quotes: YAML reads bare digits as a number and drops leading zeros.';
  }
  return `Give it a value of type ${issue.expected}.`;
}

/** What no single field can tell. */
function crossChecks(file: SettingsFile, problemAt: ProblemAt): SettingsProblem[] {
  return [
    ...repeated(
      file.accounts.map(({ id }) => id),
      'id',
      problemAt,
    ),
    ...repeated(
      file.accounts.map(({ alias }) => alias),
      'alias',
      problemAt,
    ),
    ...managementProblems(file, problemAt),
    ...groupProblems(file, problemAt),
    ...organizationProblems(file, problemAt),
    ...policyProblems(file, problemAt),
    ...routeProblems(file, problemAt),
    ...retentionProblems(file, problemAt),
  ];
}

function repeated(values: readonly string[], field: 'id' | 'alias', problemAt: ProblemAt): SettingsProblem[] {
  return values.flatMap((value, index) => {
    const first = values.indexOf(value);
    if (first === index) return [];
    return [
      problemAt(
        ['accounts', index, field],
        `${value} stands at accounts[${first}] already`,
        `Every account has its own ${field}.`,
      ),
    ];
  });
}

/** Service control policies do not bind the management account, so nothing would stop a mistake there. */
function managementProblems(file: SettingsFile, problemAt: ProblemAt): SettingsProblem[] {
  const at = (index: number): SettingsProblem =>
    problemAt(
      ['accounts', index, 'act'],
      'the management account may not be acted in',
      'Write act: false; Cordon only ever reads there.',
    );
  return file.accounts.flatMap((account, index) => (account.management && account.act ? [at(index)] : []));
}

/** References to groups that are not there, and Slack user groups that nobody has said to trust. */
function groupProblems(file: SettingsFile, problemAt: ProblemAt): SettingsProblem[] {
  const lists: readonly (readonly [readonly PropertyKey[], readonly string[]])[] = [
    ...(['responders', 'approvers', 'operators'] as const).map(
      (role) => [['people', role], file.people[role]] as const,
    ),
    ...file.accounts.map((account, index) => [['accounts', index, 'owners'], account.owners] as const),
  ];
  const unknown = lists.flatMap(([path, references]) =>
    references.flatMap((reference, index) => {
      const name = groupNameOf(reference);
      return name === undefined || Object.hasOwn(file.groups, name)
        ? []
        : [noSuchGroup([...path, index], name, file, problemAt)];
    }),
  );
  const untrusted = Object.entries(file.groups).flatMap(([name, group]) =>
    'usergroup' in group && !group.acceptEditableInSlack ? [editableProblem(name, problemAt)] : [],
  );
  return [...unknown, ...untrusted];
}

function editableProblem(name: string, problemAt: ProblemAt): SettingsProblem {
  return problemAt(
    ['groups', name],
    'is a Slack user group, and whoever may edit it in Slack decides who may approve',
    'In Slack, let only admins edit user groups (Workspace settings, Permissions, User groups); then write acceptEditableInSlack: true beside it. Or list member ids here.',
  );
}

function noSuchGroup(
  path: readonly PropertyKey[],
  name: string,
  file: SettingsFile,
  problemAt: ProblemAt,
): SettingsProblem {
  return problemAt(path, `there is no group “${name}”`, `Groups: ${listed(Object.keys(file.groups))}.`);
}

/** Without discovery there is nobody else than the accounts listed, and no unit is known. */
function organizationProblems({ accounts, organization }: SettingsFile, problemAt: ProblemAt): SettingsProblem[] {
  if (organization.discover) return [];
  const hint = 'Set organization.discover to true, or name accounts instead.';
  const byUnit = (['include', 'exclude'] as const).flatMap((name) =>
    organization[name].units.length === 0
      ? []
      : [problemAt(['organization', name, 'units'], 'units are known only when the organization is read', hint)],
  );
  if (accounts.length > 0) return byUnit;
  return [
    ...byUnit,
    problemAt(['accounts'], 'lists no account', 'List at least one, or set organization.discover to true.'),
  ];
}

/** The accounts that may be named elsewhere in the file; undefined when any may be, because the organization is read. */
function knownAccounts({ accounts, organization }: SettingsFile): ReadonlySet<string> | undefined {
  return organization.discover ? undefined : new Set(accounts.map(({ id }) => id));
}

function policyProblems(file: SettingsFile, problemAt: ProblemAt): SettingsProblem[] {
  const known = knownAccounts(file);
  return file.policies.flatMap((policy, index) => {
    const path = ['policies', index];
    return [
      ...(policy.from !== undefined && !Object.hasOwn(file.groups, policy.from)
        ? [noSuchGroup([...path, 'from'], policy.from, file, problemAt)]
        : []),
      ...unknownAccounts(policy.match.accounts, known, [...path, 'match', 'accounts'], problemAt),
      ...floorProblems(policy, path, problemAt),
    ];
  });
}

function routeProblems(file: SettingsFile, problemAt: ProblemAt): SettingsProblem[] {
  const known = knownAccounts(file);
  return file.routes.flatMap((route, index) =>
    unknownAccounts(route.accounts, known, ['routes', index, 'accounts'], problemAt),
  );
}

/** What is removed has to be somewhere. */
function retentionProblems({ audit }: SettingsFile, problemAt: ProblemAt): SettingsProblem[] {
  if (audit.retainDays === undefined || audit.archive !== undefined) return [];
  return [
    problemAt(
      ['audit', 'retainDays'],
      'says that old audit rows are removed, and audit.archive does not say where they are kept',
      'Give audit.archive a directory, or leave retainDays out to keep every row.',
    ),
  ];
}

function unknownAccounts(
  ids: readonly string[] | undefined,
  known: ReadonlySet<string> | undefined,
  path: readonly PropertyKey[],
  problemAt: ProblemAt,
): SettingsProblem[] {
  return (ids ?? []).flatMap((id, index) =>
    known === undefined || known.has(id)
      ? []
      : [problemAt([...path, index], `account ${id} is not listed under accounts`, 'Add it there or remove it here.')],
  );
}

/** A policy without `risks` speaks for every risk, so the highest floor counts. */
function floorProblems(policy: ApprovalPolicy, path: readonly PropertyKey[], problemAt: ProblemAt): SettingsProblem[] {
  const named: readonly Risk[] = policy.match.risks ?? RISKS;
  const risks = named.filter((risk): risk is Exclude<Risk, 'read'> => risk !== 'read');
  const below = risks.find(
    (risk) => policy.approvers !== undefined && policy.approvers < PRODUCT_FLOOR[risk].approvers,
  );
  const ownerless = risks.find((risk) => policy.owner === false && PRODUCT_FLOOR[risk].owner);
  const hint = 'A policy may only ask for more than the product does; raise the value or narrow match.risks.';
  return [
    ...(below === undefined
      ? []
      : [
          problemAt(
            [...path, 'approvers'],
            `${policy.approvers} is fewer than the ${PRODUCT_FLOOR[below].approvers} that ${below} actions need`,
            hint,
          ),
        ]),
    ...(ownerless === undefined
      ? []
      : [problemAt([...path, 'owner'], `the account’s owner cannot be left out of ${ownerless} actions`, hint)]),
  ];
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? 'none are defined' : names.join(', ');
}
