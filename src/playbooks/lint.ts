import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Risk } from '../domain/plan.ts';
import { type LoadedPlaybook, PHASES, type Playbook, type Step, stepsOf } from '../domain/playbook.ts';
import { projectRoot } from '../project-root.ts';
import { suggestion } from './did-you-mean.ts';
import { planned } from './planned.ts';
import { isRef } from './refs.ts';

/** Something to correct in a playbook that loads: an error keeps it out of the repository, a warning does not. */
export interface LintFinding {
  readonly level: 'error' | 'warning';
  readonly playbookId: string;
  readonly field: string;
  readonly message: string;
  readonly hint: string;
}

export interface LintOptions {
  /** `2026-11-22`. */
  readonly today: string;
  /** Risk of each action that exists. */
  readonly risks: ReadonlyMap<string, Risk>;
  /** Names of the fixtures beside a playbook; see `fixturesBeside`. */
  readonly fixtures: (loaded: LoadedPlaybook) => readonly string[];
}

type Note = Omit<LintFinding, 'playbookId'>;

/** What a set of playbooks that loads still gets wrong. */
export function lint(playbooks: readonly LoadedPlaybook[], options: LintOptions): readonly LintFinding[] {
  const ids = new Set([...playbooks.map(({ playbook }) => playbook.id), ...planned().playbooks]);
  return playbooks.flatMap((loaded) => {
    const { playbook } = loaded;
    const notes = [
      ...evidenceFirst(playbook, options.risks),
      ...headings(playbook),
      ...knownIds(playbook, ids),
      ...reviewDate(playbook, options.today),
      ...fixtures(playbook, options.fixtures(loaded)),
      ...entities(playbook),
      ...priorities(playbook),
    ];
    return notes.map((note) => ({ playbookId: playbook.id, ...note }));
  });
}

/** The fixtures in `<name>.tests/` beside a playbook, under the directory that holds the playbooks' directory. */
export function fixturesBeside(root: string): LintOptions['fixtures'] {
  return ({ file }) => {
    const folder = join(root, file.replace(/\.yaml$/, '.tests'));
    return existsSync(folder) ? readdirSync(folder) : [];
  };
}

/** Whatever interrupts or destroys a thing comes after something that keeps its evidence. */
function evidenceFirst(playbook: Playbook, risks: ReadonlyMap<string, Risk>): readonly Note[] {
  const kept = new Set<string>();
  return stepsOf(playbook).flatMap(({ phase, step }) => {
    const kinds = entityKinds(step);
    const risk = risks.get(step.action?.use ?? '');
    const bare = risk === 'disruptive' || risk === 'destructive' ? kinds.filter((kind) => !kept.has(kind)) : [];
    if (step.evidence) for (const kind of kinds) kept.add(kind);
    return bare.map((kind) => ({
      level: 'error' as const,
      field: `phases.${phase}.${step.id}`,
      message: `${step.action?.use} changes the ${kind} before its evidence is kept`,
      hint: `Put a step with \`evidence: true\` on entity.${kind} before it, such as a snapshot.`,
    }));
  });
}

/** The kinds of entity that a step's refs name. */
function entityKinds(step: Step): readonly string[] {
  const refs = [
    ...Object.values(step.action?.params ?? {}).flatMap((value) => (isRef(value) ? [value.ref] : [])),
    ...Object.values(step.query?.binds ?? {}).map(({ ref }) => ref),
  ];
  return [...new Set(refs.flatMap((ref) => (ref.startsWith('entity.') ? [ref.split('.')[1] ?? ''] : [])))];
}

let known: ReadonlySet<string> | undefined;

/** Heading paths of the security whitepaper, as data. */
function whitepaperHeadings(): ReadonlySet<string> {
  const path = join(projectRoot(import.meta.url), 'catalog', 'whitepaper-sections.tsv');
  known ??= new Set(
    readFileSync(path, 'utf8')
      .split('\n')
      .slice(1)
      .flatMap((line) => line.split('\t')[0] || []),
  );
  return known;
}

function headings(playbook: Playbook): readonly Note[] {
  const all = whitepaperHeadings();
  return playbook.whitepaper.flatMap((path, index) =>
    all.has(path)
      ? []
      : [
          {
            level: 'error' as const,
            field: `whitepaper.${index}`,
            message: `there is no heading "${path}"`,
            hint: suggestion(path, all, 'Use a path of catalog/whitepaper-sections.tsv.'),
          },
        ],
  );
}

function knownIds(playbook: Playbook, ids: ReadonlySet<string>): readonly Note[] {
  const named = [
    ...playbook.related.map((id, index) => ({ id, field: `related.${index}` })),
    ...playbook.outOfScope.map((entry, index) => ({ id: entry.goto, field: `outOfScope.${index}.goto` })),
  ];
  return named.flatMap(({ id, field }) =>
    ids.has(id)
      ? []
      : [
          {
            level: 'error' as const,
            field,
            message: `there is no playbook ${id}, and none is planned`,
            hint: suggestion(id, ids, 'Name one that exists.'),
          },
        ],
  );
}

const STALE_DAYS = 365;

function reviewDate({ reviewed }: Playbook, today: string): readonly Note[] {
  const days = (Date.parse(today) - Date.parse(reviewed)) / 86_400_000;
  if (days < 0)
    return [
      {
        level: 'error',
        field: 'reviewed',
        message: `${reviewed} is in the future`,
        hint: 'Write the day on which somebody last read it whole.',
      },
    ];
  if (days <= STALE_DAYS) return [];
  return [
    {
      level: 'warning',
      field: 'reviewed',
      message: `it was last reviewed ${Math.floor(days)} days ago`,
      hint: 'Read it whole, correct it, and set the day.',
    },
  ];
}

function fixtures(playbook: Playbook, present: readonly string[]): readonly Note[] {
  const { match, noMatch } = playbook.tests;
  const named = [...match, ...noMatch];
  const missing = named
    .filter((name) => !present.includes(name))
    .map((name) => ({
      message: `the fixture ${name} does not exist`,
      hint: 'Write it beside the playbook, in its .tests folder.',
    }));
  const unused = present
    .filter((name) => !named.includes(name))
    .map((name) => ({
      message: `the fixture ${name} is not named`,
      hint: 'List it under match or noMatch, or delete it.',
    }));
  const short =
    playbook.status === 'stable' && (match.length === 0 || noMatch.length === 0)
      ? [{ message: 'a stable playbook needs a fixture that matches and one that does not', hint: 'Write both.' }]
      : [];
  return [...missing, ...unused, ...short].map((note) => ({ level: 'error' as const, field: 'tests', ...note }));
}

/** Correlation and cards know only the entities that are listed. */
function entities(playbook: Playbook): readonly Note[] {
  const listed: readonly string[] = [...playbook.entities.require, ...playbook.entities.optional];
  return PHASES.flatMap((phase) =>
    playbook.phases[phase].flatMap((step) =>
      entityKinds(step)
        .filter((kind) => !listed.includes(kind))
        .map((kind) => ({
          level: 'error' as const,
          field: `phases.${phase}.${step.id}`,
          message: `it uses entity.${kind}, which is not listed`,
          hint: 'Add it to entities.optional, or to require when nothing works without it.',
        })),
    ),
  );
}

function priorities(playbook: Playbook): readonly Note[] {
  return playbook.match.flatMap((rule, index) =>
    rule.priority === 0
      ? []
      : [
          {
            level: 'warning' as const,
            field: `match.${index}.priority`,
            message: 'a priority decides by hand what the pattern should decide',
            hint: 'Make the pattern more specific, or add a condition.',
          },
        ],
  );
}
