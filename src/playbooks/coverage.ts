import type { Finding, FindingKind, Source } from '../domain/finding.ts';
import type { Rung } from '../domain/incident.ts';
import { candidatesOf, findTies } from './candidate.ts';
import type { Playbooks } from './load.ts';
import { CATCH_ALLS } from './match.ts';

/** The files of `catalog/` that coverage is measured against, without their headers. */
export interface Catalogues {
  readonly types: readonly (readonly string[])[];
  readonly controls: readonly (readonly string[])[];
  readonly headings: readonly (readonly string[])[];
}

/** How many of a list land on which rung, and those that no playbook names. */
export interface Landed {
  readonly total: number;
  /** On a playbook that is no catch-all. */
  readonly specific: number;
  readonly byRung: Readonly<Record<Rung, number>>;
  readonly caught: readonly string[];
}

export interface Coverage {
  readonly types: Landed;
  /** Types that GuardDuty still reports and that only a safety net takes: somebody should write a rule. */
  readonly activeByNet: readonly { readonly type: string; readonly playbook: string }[];
  readonly controls: Landed;
  readonly headings: Readonly<
    Record<'outline' | 'notes', { readonly total: number; readonly missing: readonly string[] }>
  >;
  /** Pairs of rules that would tie. A set with a tie does not load, so this is 0 for whoever can read it. */
  readonly ties: number;
  readonly playbooks: number;
}

/** Where everything that AWS's catalogues name would go with this set, and which headings of the whitepaper have no playbook. */
export function coverage(playbooks: Playbooks, catalogues: Catalogues): Coverage {
  const active = catalogues.types.flatMap(([type = '', , , , retired]) => (retired === 'n' ? [type] : []));
  const all = playbooks.list();
  return {
    types: landed(
      catalogues.types,
      (type) => playbooks.match(bare('guardduty', 'threat', { type }), undefined).primary,
    ),
    activeByNet: active.flatMap((type) => {
      const { rung, playbook } = playbooks.match(bare('guardduty', 'threat', { type }), undefined).primary;
      return rung === 'net' ? [{ type, playbook: playbook.playbook.id }] : [];
    }),
    controls: landed(
      catalogues.controls,
      (control) => playbooks.match(bare('securityhub', 'posture', { control }), undefined).primary,
    ),
    headings: {
      outline: headingsOf(playbooks, catalogues, 'outline'),
      notes: headingsOf(playbooks, catalogues, 'notes'),
    },
    ties: findTies(all.flatMap(candidatesOf)).length,
    playbooks: all.length,
  };
}

/** True when nothing of the catalogues is left to a catch-all, no heading is without a playbook, and nothing ties. */
export function isCovered({ types, controls, headings, ties }: Coverage): boolean {
  const missing = headings.outline.missing.length + headings.notes.missing.length;
  return types.caught.length + controls.caught.length + missing + ties === 0;
}

function landed(
  rows: readonly (readonly string[])[],
  match: (name: string) => { readonly rung: Rung; readonly playbook: { readonly playbook: { readonly id: string } } },
): Landed {
  const byRung: Record<Rung, number> = { pin: 0, exact: 0, family: 0, net: 0, 'catch-all': 0 };
  const catchAlls = new Set(Object.values(CATCH_ALLS));
  const caught: string[] = [];
  for (const [name = ''] of rows) {
    const { rung, playbook } = match(name);
    byRung[rung] += 1;
    if (rung === 'catch-all' || catchAlls.has(playbook.playbook.id)) caught.push(name);
  }
  return { total: rows.length, specific: rows.length - caught.length, byRung, caught };
}

function headingsOf(
  playbooks: Playbooks,
  { headings }: Catalogues,
  document: 'outline' | 'notes',
): { readonly total: number; readonly missing: readonly string[] } {
  const named = new Set(playbooks.list().flatMap(({ playbook }) => playbook.whitepaper));
  const own = headings.flatMap(([path = '', , , documents = '']) =>
    documents.split('|').includes(document) ? [path] : [],
  );
  return { total: own.length, missing: own.filter((path) => !named.has(path)) };
}

/** A finding that says nothing but what it is: rules with further conditions do not hold for it. */
function bare(source: Source, kind: FindingKind, what: Pick<Finding, 'type' | 'control'>): Finding {
  const at = '1970-01-01T00:00:00.000Z';
  return {
    key: 'coverage',
    source,
    shape: 'coverage',
    kind,
    id: 'coverage',
    standards: [],
    requirements: [],
    title: '',
    description: '',
    accountId: '000000000000',
    region: 'us-east-1',
    partition: 'aws',
    severity: 'high',
    rawSeverity: '',
    state: 'active',
    count: 1,
    createdAt: at,
    updatedAt: at,
    resources: [],
    entities: {},
    sample: false,
    writeBack: {},
    ...what,
  };
}
