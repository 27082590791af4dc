import { z } from 'zod';
import { type Floor, PRODUCT_FLOOR } from './approval.ts';
import { ENTITY_KINDS, SEVERITIES, SOURCES } from './finding.ts';
import type { Risk } from './plan.ts';

/**
 * One playbook, in its expanded form: what `extends` names has been merged in and every default is filled. This is what is validated and hashed.
 * Strict everywhere: an unknown key is an error. Text in it is ours (written by the playbook's author), never a finding's.
 */

/** Fixed order: a step of an earlier phase is shown before one of a later. */
export const PHASES = ['detect', 'contain', 'eradicate', 'recover', 'post'] as const;
export type Phase = (typeof PHASES)[number];

const RESPONSIBILITIES = ['customer', 'shared', 'aws'] as const;

const COMPLIANCE_CATEGORIES = [
  'identity',
  'least-privilege',
  'network',
  'encryption-rest',
  'encryption-transit',
  'logging',
  'monitoring-detection',
  'vulnerability-patch',
  'backup-continuity',
  'data-exposure',
  'change-supply-chain',
  'incident-response',
  'physical',
  'personnel',
  'media',
] as const;

/** The files a playbook may extend; they lie beside the families and start with an underscore. */
export const BASE_TEMPLATES = ['_threat', '_posture', '_aws-side'] as const;

/** Names that reach a prototype; refused in refs, conditions and YAML keys alike. */
export const PROTOTYPE_NAMES: readonly string[] = ['__proto__', 'prototype', 'constructor'];

const REF = /^(finding|entity|account|incident|params|steps)((\.[A-Za-z_][A-Za-z0-9_-]*)|(\[\d{1,4}\]))+$/;
const ID = /^[a-z0-9]+(\.[a-z0-9-]+)+$/;
const ACTION_ID = /^[a-z0-9]+\.[a-z0-9-]+$/;

function isSafePath(text: string): boolean {
  return REF.test(text) && !text.split(/[.[\]]/).some((part) => PROTOTYPE_NAMES.includes(part));
}

/** `finding.severity`, `entity.accessKey.id`, `steps.rights.out.admin`, `finding.resources[0].type`. */
const SafePath = z.string().max(200).refine(isSafePath, {
  error:
    'is not a safe path: a root (finding, entity, account, incident, params, steps) followed by .names or [numbers]',
});

/** `15m`, `4h`, `3d`. */
const Duration = z.string().regex(/^[1-9]\d{0,3}[mhd]$/, 'a duration such as 15m, 4h or 3d');
const Severity = z.enum(SEVERITIES);
const PlaybookId = z.string().regex(ID, 'a playbook id such as iam.access-key-compromise');
const Kebab = z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, 'a short kebab-case id');
/** No control characters: it is shown to people as it stands. */
const Line = z
  .string()
  .min(1)
  .regex(/^[^\p{Cc}\p{Cf}]+$/u, 'one line of plain text');
const Prose = z.string().min(1).max(1200);
const HttpsUrl = z.url({ protocol: /^https$/, error: 'an https address' });
const Glob = z.string().min(1).max(200);

/** A value that is wholly one path into what is known; there is no string interpolation. */
export const Ref = z.strictObject({ ref: SafePath });
export type Ref = z.infer<typeof Ref>;

const CONDITION_OPERATORS = ['eq', 'ne', 'in', 'exists', 'gte', 'cidr'] as const;
const Scalar = z.union([z.string().max(500), z.number(), z.boolean()]);

/** A test of one path. A path that leads nowhere makes it false whatever the operator (but `exists: false`). */
export const Test = z.strictObject({
  path: SafePath,
  op: z.enum(CONDITION_OPERATORS),
  value: z.union([Scalar, z.array(Scalar).max(100)]).optional(),
});
export type Test = z.infer<typeof Test>;

/** A condition: one test, or `all`, `any` or `not` (none) of a list. */
export type Cond = Test | { all: Cond[] } | { any: Cond[] } | { not: Cond[] };
export const Cond: z.ZodType<Cond> = z.lazy(() =>
  z.union([
    Test,
    z.strictObject({ all: z.array(Cond).min(1).max(20) }),
    z.strictObject({ any: z.array(Cond).min(1).max(20) }),
    z.strictObject({ not: z.array(Cond).min(1).max(20) }),
  ]),
);

/** One way to match; all its parts must hold. `types`, `controls` and `health` exclude each other. */
export const MatchRule = z.strictObject({
  source: z.enum(SOURCES),
  types: z.array(Glob).min(1).max(200).optional(),
  controls: z.array(Glob).min(1).max(700).optional(),
  health: z
    .strictObject({
      codes: z.array(Glob).min(1).optional(),
      categories: z
        .array(z.enum(['issue', 'accountNotification', 'scheduledChange', 'investigation']))
        .min(1)
        .optional(),
      actionability: z
        .array(z.enum(['ACTION_REQUIRED', 'ACTION_MAY_BE_REQUIRED', 'INFORMATIONAL']))
        .min(1)
        .optional(),
    })
    .optional(),
  /** Ends of standards ARNs, e.g. `aws-resource-tagging-standard/v/1.0.0`. */
  standards: z.array(z.string().min(1).max(200)).min(1).optional(),
  resourceTypes: z.array(Glob).min(1).optional(),
  severityAtLeast: Severity.optional(),
  tags: z.record(z.string().min(1).max(128), z.string().max(256)).optional(),
  /** A safety net for types that are not known yet; below every family. */
  net: z.boolean().default(false),
  priority: z.number().int().min(-10).max(10).default(0),
  except: z.array(Glob).min(1).optional(),
});
export type MatchRule = z.infer<typeof MatchRule>;

const SeverityRule = z.strictObject({ when: Cond, to: Severity, why: Line.max(200) });

/** What a parameter may be: a literal or wholly one ref. */
export const ParamValue = z.union([Ref, Scalar, z.array(Scalar).max(100)]);
export type ParamValue = z.infer<typeof ParamValue>;

const ROLES = ['commander', 'responder', 'owner', 'comms', 'legal'] as const;

/** One step. What it is follows from what it holds: see `stepKind`. */
export const Step = z.strictObject({
  id: Kebab,
  title: Line.max(80),
  /** NIST CSF 2.0 category, e.g. `RS.MI`. */
  csf: z
    .string()
    .regex(/^(GV|ID|PR|DE|RS|RC)\.[A-Z]{2}$/, 'a CSF 2.0 category such as RS.MI')
    .optional(),
  role: z.enum(ROLES).default('responder'),
  guidance: Prose.optional(),
  /** https deep link into the AWS console; `{region}` and `{account}` are filled by `consoleUrl`. */
  console: z
    .string()
    .max(500)
    .regex(
      /^https:\/\/([a-z0-9-]+\.|\{region\}\.)*(aws\.amazon\.com|amazonaws-us-gov\.com|amazonaws\.cn)\/[^\s<>|"'`\\]*$/,
      {
        error: 'an https link into the AWS console',
      },
    )
    .refine((link) => !/\{(?!region\}|account\})/.test(link), { error: 'knows only {region} and {account}' })
    .optional(),
  /** A command line to show, never to run. */
  cli: z.array(Line.max(300)).min(1).max(60).optional(),
  query: z
    .strictObject({
      engine: z.enum(['athena', 'cloudtrail-lake', 'logs-insights']),
      text: z.string().min(1).max(4000),
      binds: z.record(z.string().regex(/^[a-z][A-Za-z0-9]*$/), Ref).default({}),
    })
    .optional(),
  when: Cond.optional(),
  action: z
    .strictObject({
      use: z.string().regex(ACTION_ID, 'an action id such as iam.deactivate-access-key'),
      params: z.record(z.string().regex(/^[a-z][A-Za-z0-9]*$/), ParamValue).default({}),
      onMissing: z.enum(['ask', 'skip', 'fail']).default('ask'),
      onError: z.enum(['stop', 'continue', 'undo']).default('stop'),
    })
    .optional(),
  /** Preserves or records evidence; must come before anything disruptive on the same entity. */
  evidence: z.boolean().default(false),
  call: z.strictObject({ playbook: PlaybookId, entity: Ref.optional() }).optional(),
  verify: z
    .strictObject({
      check: z.string().regex(ACTION_ID, 'a check name such as iam.key-status'),
      expect: Scalar,
      within: Duration,
    })
    .optional(),
  done: Line.max(300).optional(),
});
export type Step = z.infer<typeof Step>;

/** How many people a risk class needs: names of `approval.byRisk`. */
export const APPROVAL_RULES = {
  one: { approvers: 1, owner: false },
  'one+owner': { approvers: 1, owner: true },
  two: { approvers: 2, owner: false },
  'two+owner': { approvers: 2, owner: true },
} as const satisfies Record<string, Floor>;
type ApprovalRule = keyof typeof APPROVAL_RULES;
const ApprovalRule = z.enum(['one', 'one+owner', 'two', 'two+owner']);

function tightens(risk: Exclude<Risk, 'read'>): z.ZodType<ApprovalRule> {
  const floor = PRODUCT_FLOOR[risk];
  return ApprovalRule.refine(
    (name) => APPROVAL_RULES[name].approvers >= floor.approvers && (APPROVAL_RULES[name].owner || !floor.owner),
    {
      error: `may only tighten the product's floor for ${risk} changes (${floor.approvers} approver(s)${floor.owner ? ' and the account owner' : ''})`,
    },
  );
}

const ByRisk = z.strictObject({
  read: z.literal('none').optional(),
  additive: tightens('additive').optional(),
  reversible: tightens('reversible').optional(),
  disruptive: tightens('disruptive').optional(),
  destructive: tightens('destructive').optional(),
});

const Approval = z.strictObject({
  byRisk: ByRisk.default({}),
  approvers: z
    .strictObject({
      one: z.array(Line.max(60)).min(1).optional(),
      /** Where the owner is looked up: cordon.yaml's account entry, or that tag of the account in Organizations. Never a resource's tag. */
      owner: z
        .string()
        .regex(/^(account|tag:[A-Za-z][A-Za-z0-9:_-]{0,60})$/, '`account` or `tag:Key` of the account')
        .optional(),
      two: z.array(Line.max(60)).min(2).optional(),
    })
    .optional(),
  selfApproval: z
    .literal(false, { error: 'is refused: nobody approves a plan they asked for themselves' })
    .default(false),
  expires: Duration.optional(),
  freeze: z.array(Line.max(120)).optional(),
  breakGlass: z.strictObject({ role: Line.max(60), reasonRequired: z.literal(true) }).optional(),
});

const Deadlines = z.strictObject({
  ack: Duration.optional(),
  contain: Duration.optional(),
  resolve: Duration.optional(),
});

const Comms = z.strictObject({
  channel: Line.max(80).optional(),
  mention: z.array(Line.max(60)).default([]),
  updateEvery: Duration.optional(),
  external: z
    .array(
      z.strictObject({
        to: z.enum(['aws-support', 'aws-trust-safety', 'regulator', 'customer']),
        when: Cond.optional(),
        template: Kebab,
        clock: Duration.optional(),
      }),
    )
    .default([]),
});

const steps = () => z.array(Step).max(30).default([]);

export const Playbook = z
  .strictObject({
    schema: z.literal('cordon/v1'),
    id: PlaybookId,
    version: z.string().regex(/^\d+\.\d+\.\d+$/, 'a version such as 1.0.0'),
    status: z.enum(['draft', 'test', 'stable', 'deprecated']),
    extends: z.enum(BASE_TEMPLATES).nullable().default(null),
    title: Line.max(80),
    summary: Line.max(400),
    owner: Line.max(80),
    reviewed: z.iso.date({ error: 'a date such as 2026-11-22' }),
    whitepaper: z.array(Line.max(200)).default([]),
    responsibility: z.enum(RESPONSIBILITIES),
    split: z.strictObject({ aws: z.array(Line.max(300)).min(1), customer: z.array(Line.max(300)).min(1) }).optional(),
    match: z.array(MatchRule).max(50),
    severity: z
      .strictObject({
        base: z.enum(['from-finding', 'critical', 'high', 'medium', 'low']).default('from-finding'),
        raise: z.array(SeverityRule).default([]),
        lower: z.array(SeverityRule).default([]),
      })
      .default({ base: 'from-finding', raise: [], lower: [] }),
    attack: z
      .strictObject({
        version: z.string().regex(/^\d+(\.\d+)?$/),
        techniques: z
          .array(z.string().regex(/^T\d{4}(\.\d{3})?$/, 'an ATT&CK technique such as T1078.004'))
          .default([]),
        tactics: z.array(z.string().regex(/^TA\d{4}$/, 'an ATT&CK tactic such as TA0001')).default([]),
      })
      .optional(),
    defend: z.array(z.string().regex(/^D3-[A-Z0-9]+$/, 'a D3FEND id such as D3-ACH')).default([]),
    sla: z
      .strictObject({
        critical: Deadlines.optional(),
        high: Deadlines.optional(),
        medium: Deadlines.optional(),
        low: Deadlines.optional(),
      })
      .default({}),
    entities: z
      .strictObject({
        require: z.array(z.enum(ENTITY_KINDS)).default([]),
        optional: z.array(z.enum(ENTITY_KINDS)).default([]),
      })
      .default({ require: [], optional: [] }),
    phases: z.strictObject({ detect: steps(), contain: steps(), eradicate: steps(), recover: steps(), post: steps() }),
    approval: Approval.default({ byRisk: {}, selfApproval: false }),
    comms: Comms.default({ mention: [], external: [] }),
    compliance: z
      .strictObject({
        categories: z.array(z.enum(COMPLIANCE_CATEGORIES)).default([]),
        extra: z.array(z.string().regex(/^[a-z0-9-]+:\S.*$/, 'programme:clause')).default([]),
      })
      .default({ categories: [], extra: [] }),
    exceptions: z
      .strictObject({
        allow: z.boolean(),
        maxDays: z.number().int().min(1).max(365).optional(),
        needs: z.array(Line.max(60)).default([]),
      })
      .optional(),
    references: z.array(z.strictObject({ title: Line.max(160), url: HttpsUrl })).default([]),
    related: z.array(PlaybookId).default([]),
    outOfScope: z.array(z.strictObject({ case: Line.max(200), goto: PlaybookId })).default([]),
    tests: z
      .strictObject({
        match: z
          .array(z.string().regex(/^[a-z0-9][a-z0-9-]*\.json$/, 'a fixture such as malicious-ip.json'))
          .default([]),
        noMatch: z
          .array(z.string().regex(/^[a-z0-9][a-z0-9-]*\.json$/, 'a fixture such as other-type.json'))
          .default([]),
        simulate: Prose.optional(),
      })
      .default({ match: [], noMatch: [] }),
  })
  .refine((playbook) => playbook.responsibility !== 'shared' || playbook.split !== undefined, {
    path: ['split'],
    error: 'is required when responsibility is shared: say what AWS does and what the customer does',
  });
export type Playbook = z.infer<typeof Playbook>;

/** A playbook with where it came from. */
export interface LoadedPlaybook {
  readonly playbook: Playbook;
  /** SHA-256 of the expanded form. */
  readonly hash: string;
  /** The file it was read from, as it was found under its directory. */
  readonly file: string;
}

/** A step with the phase it stands in, in the order in which steps are shown. */
export function stepsOf(playbook: Playbook): readonly { readonly phase: Phase; readonly step: Step }[] {
  return PHASES.flatMap((phase) => playbook.phases[phase].map((step) => ({ phase, step })));
}

export function findStep(playbook: Playbook, stepId: string): Step | undefined {
  return stepsOf(playbook).find(({ step }) => step.id === stepId)?.step;
}

/**
 * What a step asks for. `action` is a remediation that exists and can be planned; `planned` is one that does not exist yet, done by hand under its
 * future name; `slack` and `support` are conversations and support cases; `call` continues in another playbook; `manual` is guidance alone.
 */
export type StepKind = 'action' | 'planned' | 'slack' | 'support' | 'call' | 'manual';

export function stepKind(step: Step, exists: (actionId: string) => boolean): StepKind {
  const use = step.action?.use;
  if (use === undefined) return step.call === undefined ? 'manual' : 'call';
  if (use.startsWith('slack.')) return 'slack';
  if (use.startsWith('support.')) return 'support';
  return exists(use) ? 'action' : 'planned';
}

const MINUTES = { m: 1, h: 60, d: 1440 } as const;

/** Minutes of a duration of a playbook (`15m`, `4h`, `3d`). Throws RangeError on anything else. */
export function minutesOf(duration: string): number {
  const found = /^(\d+)([mhd])$/.exec(duration);
  if (found === null) throw new RangeError(`not a duration: ${duration}`);
  return Number(found[1]) * MINUTES[found[2] as keyof typeof MINUTES];
}

/** A step's console link for one account and Region; both must be checked ids, never text of a finding. */
export function consoleUrl(template: string, place: { readonly accountId: string; readonly region: string }): string {
  return template
    .replaceAll('{region}', encodeURIComponent(place.region))
    .replaceAll('{account}', encodeURIComponent(place.accountId));
}
