import { SEVERITIES } from '../domain/finding.ts';
import { type Cond, type LoadedPlaybook, PHASES, type Playbook, type Step, type Test } from '../domain/playbook.ts';
import { parseCidr } from './conditions.ts';
import { suggestion } from './did-you-mean.ts';
import { isExact } from './glob.ts';
import { CATCH_ALLS } from './match.ts';
import { planned } from './planned.ts';
import { isRef, isScalar } from './refs.ts';

/** A defect by its path in the expanded form; the loader adds file and line. */
export interface Defect {
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly hint: string;
}

/** What the schema cannot say about one playbook. */
export function checkPlaybook(
  loaded: Pick<LoadedPlaybook, 'playbook'>,
  expectedId: string,
  actions: ReadonlySet<string>,
): readonly Defect[] {
  const { playbook } = loaded;
  return [
    ...checkId(playbook, expectedId),
    ...checkMatch(playbook),
    ...checkSteps(playbook, actions),
    ...conditionsOf(playbook).flatMap(({ path, condition }) => checkCondition(condition, path)),
    ...checkFreeze(playbook),
  ];
}

function checkId(playbook: Playbook, expectedId: string): readonly Defect[] {
  if (playbook.id === expectedId) return [];
  return [
    {
      path: ['id'],
      message: `the id ${playbook.id} is not the file's place`,
      hint: `Write ${expectedId}, or move the file.`,
    },
  ];
}

/** A window that the product does not keep must not look as if it did. */
function checkFreeze(playbook: Playbook): readonly Defect[] {
  if (playbook.approval.freeze === undefined) return [];
  return [
    {
      path: ['approval', 'freeze'],
      message: 'freeze windows are not enforced by this version',
      hint: 'Take it out, and forbid the risk classes by a policy in cordon.yaml.',
    },
  ];
}

function checkMatch(playbook: Playbook): readonly Defect[] {
  const catchAll = Object.values(CATCH_ALLS).includes(playbook.id);
  if (catchAll && playbook.match.length > 0) {
    return [
      { path: ['match'], message: 'a catch-all has no rules', hint: 'Write `match: []`: it takes what no rule takes.' },
    ];
  }
  if (!catchAll && playbook.match.length === 0)
    return [{ path: ['match'], message: 'a playbook without a rule is never used', hint: 'Add at least one rule.' }];
  return playbook.match.flatMap((rule, index) => {
    const path = ['match', index];
    const triggers = [rule.types, rule.controls, rule.health].filter((part) => part !== undefined).length;
    if (triggers > 1)
      return [
        {
          path,
          message: 'types, controls and health exclude each other',
          hint: 'Write one rule for each: rules are alternatives.',
        },
      ];
    if (triggers + Number(rule.standards !== undefined) + Number(rule.resourceTypes !== undefined) === 0) {
      return [
        {
          path,
          message: 'the rule would take everything of its source',
          hint: 'Name types, controls, health, standards or resourceTypes.',
        },
      ];
    }
    const patterns = [...(rule.types ?? []), ...(rule.controls ?? [])];
    if (rule.net && patterns.some(isExact))
      return [
        {
          path,
          message: 'a safety net without a star',
          hint: 'A net is for types that are not known yet, such as *:EC2/*.',
        },
      ];
    return [];
  });
}

/** Fields of a finding that are facts of a closed form; titles, tags and the like may not become a parameter. */
const FINDING_FACTS = [
  'finding.type',
  'finding.control',
  'finding.source',
  'finding.severity',
  'finding.accountId',
  'finding.region',
  'finding.partition',
];

function checkSteps(playbook: Playbook, actions: ReadonlySet<string>): readonly Defect[] {
  const seen = new Set<string>();
  return PHASES.flatMap((phase) =>
    playbook.phases[phase].flatMap((step, index) => {
      const path = ['phases', phase, index];
      const repeated = seen.has(step.id)
        ? [
            {
              path: [...path, 'id'],
              message: `the step id ${step.id} is used twice`,
              hint: 'Ids are unique over all phases.',
            },
          ]
        : [];
      const unknown = checkNames(step, path, actions);
      const refs = refsOf(step).flatMap(({ ref, at, parameter }) => checkRef(ref, [...path, ...at], parameter, seen));
      seen.add(step.id);
      return [...repeated, ...unknown, ...refs];
    }),
  );
}

function checkNames(step: Step, path: readonly PropertyKey[], actions: ReadonlySet<string>): readonly Defect[] {
  const names = planned();
  const found: Defect[] = [];
  const known = [...actions, ...names.actions, ...names.conversations];
  if (step.action !== undefined && !known.includes(step.action.use)) {
    found.push({
      path: [...path, 'action', 'use'],
      message: `there is no action ${step.action.use}, and none is planned`,
      hint: suggestion(
        step.action.use,
        known,
        'Use an action that exists, or add its future name to catalog/planned.yaml.',
      ),
    });
  }
  if (step.action !== undefined && step.call !== undefined) {
    found.push({
      path: [...path, 'call'],
      message: 'a step either runs an action or calls a playbook',
      hint: 'Make two steps.',
    });
  }
  if (step.call !== undefined && !names.playbooks.includes(step.call.playbook)) {
    found.push({
      path: [...path, 'call', 'playbook'],
      message: `there is no playbook ${step.call.playbook}, and none is planned`,
      hint: suggestion(
        step.call.playbook,
        names.playbooks,
        'Name one that exists, or add its future id to catalog/planned.yaml.',
      ),
    });
  }
  return found;
}

interface FoundRef {
  readonly ref: string;
  readonly at: readonly PropertyKey[];
  readonly parameter: boolean;
}

function refsOf(step: Step): readonly FoundRef[] {
  const params = Object.entries(step.action?.params ?? {}).flatMap(([name, value]) =>
    isRef(value) ? [{ ref: value.ref, at: ['action', 'params', name], parameter: true }] : [],
  );
  const binds = Object.entries(step.query?.binds ?? {}).map(([name, { ref }]) => ({
    ref,
    at: ['query', 'binds', name],
    parameter: false,
  }));
  const call =
    step.call?.entity === undefined ? [] : [{ ref: step.call.entity.ref, at: ['call', 'entity'], parameter: false }];
  return [...params, ...binds, ...call];
}

function checkRef(
  ref: string,
  path: readonly PropertyKey[],
  parameter: boolean,
  earlier: ReadonlySet<string>,
): readonly Defect[] {
  if (parameter && ref.startsWith('finding.') && !FINDING_FACTS.includes(ref)) {
    return [
      {
        path,
        message: `${ref} is text from outside and may not become a parameter`,
        hint: 'Use entity.* : adapters check those, and the plan reads the live object.',
      },
    ];
  }
  return checkStepRef(ref, path, earlier);
}

function checkStepRef(ref: string, path: readonly PropertyKey[], earlier: ReadonlySet<string>): readonly Defect[] {
  const [root, id = '', out] = ref.split('.');
  if (root !== 'steps') return [];
  if (out !== 'out') return [{ path, message: `${ref} does not name an output`, hint: 'Write steps.<id>.out.<name>.' }];
  return earlier.has(id)
    ? []
    : [
        {
          path,
          message: `${ref} names a step that does not stand before this one`,
          hint: suggestion(id, earlier, 'Name an earlier step.'),
        },
      ];
}

interface PlacedCondition {
  readonly path: readonly PropertyKey[];
  readonly condition: Cond;
}

/** Every condition of a playbook with its place. */
export function conditionsOf(playbook: Playbook): readonly PlacedCondition[] {
  const severity = (['raise', 'lower'] as const).flatMap((list) =>
    playbook.severity[list].map((rule, index) => ({ path: ['severity', list, index, 'when'], condition: rule.when })),
  );
  const steps = PHASES.flatMap((phase) =>
    playbook.phases[phase].flatMap((step, index) =>
      step.when === undefined ? [] : [{ path: ['phases', phase, index, 'when'], condition: step.when }],
    ),
  );
  const external = playbook.comms.external.flatMap((notice, index) =>
    notice.when === undefined ? [] : [{ path: ['comms', 'external', index, 'when'], condition: notice.when }],
  );
  return [...severity, ...steps, ...external];
}

function checkCondition(condition: Cond, path: readonly PropertyKey[]): readonly Defect[] {
  for (const list of ['all', 'any', 'not'] as const) {
    const inner = list in condition ? Reflect.get(condition, list) : undefined;
    if (Array.isArray(inner)) return inner.flatMap((one, index) => checkCondition(one, [...path, list, index]));
  }
  return 'op' in condition && !valueFits(condition)
    ? [
        {
          path: [...path, 'value'],
          message: `${condition.op} cannot compare with this value`,
          hint: VALUE_HINTS[condition.op],
        },
      ]
    : [];
}

const VALUE_HINTS = {
  eq: 'Give one text, number or boolean.',
  ne: 'Give one text, number or boolean.',
  in: 'Give a list.',
  exists: 'Give true or false, or leave value out.',
  gte: `Give a number or a severity (${SEVERITIES.join(', ')}).`,
  cidr: 'Give a network such as 10.0.0.0/8, or a list of them.',
} as const satisfies Record<Test['op'], string>;

function valueFits({ op, value }: Test): boolean {
  switch (op) {
    case 'eq':
    case 'ne':
      return isScalar(value);
    case 'in':
      return Array.isArray(value) && value.length > 0;
    case 'exists':
      return value === undefined || typeof value === 'boolean';
    case 'gte':
      return typeof value === 'number' || SEVERITIES.some((severity) => severity === value);
    case 'cidr':
      return (Array.isArray(value) ? value : [value]).every((network) => parseCidr(String(network)) !== undefined);
  }
}
