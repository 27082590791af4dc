import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { EXTERNAL_ID_SECRET, HOME_REGION, HUB_CREDENTIALS } from '../../../sandbox/world.ts';
import { iamNameOf } from '../../../scripts/lib/iam-names.ts';
import type { Action, PlanContext } from '../../../src/actions/action.ts';
import { registryOf } from '../../../src/actions/registry.ts';
import { openSts } from '../../../src/aws/assume-role.ts';
import { ServiceClients } from '../../../src/aws/client.ts';
import type { Credentials } from '../../../src/aws/credentials.ts';
import { externalIdOf } from '../../../src/aws/external-id.ts';
import { openHttp } from '../../../src/aws/http.ts';
import { refuseSelf } from '../../../src/aws/self-guard.ts';
import { sessionPolicy } from '../../../src/aws/session-policy.ts';
import { renderTemplates } from '../../../src/aws/templates.ts';
import { AwsCallError } from '../../../src/domain/errors.ts';
import { hashOf, type Json, type JsonObject } from '../../../src/domain/json.ts';
import { type AwsCall, isRefusal, type Plan, planHash, sessionStatements } from '../../../src/domain/plan.ts';
import { refuseProtected } from '../../../src/flow/protected.ts';
import type { SelfIdentity } from '../../../src/ports.ts';
import { Secret } from '../../../src/secret.ts';
import { testSettings } from '../flow-world.ts';
import { refusalOf } from './framed.ts';
import { actFor, carryOut, contextFor, type Place, planIt, planUndo, runPlan, undo, verdicts } from './run-plan.ts';
import { inSandbox, type Sandbox, SELF } from './sandbox.ts';

/** What the suite must know of an action: a target that the simulator has, and things beside it that a session must not reach. */
export interface Subject {
  readonly action: Action;
  readonly account: string;
  readonly params: JsonObject;
  /** The record that carries the target's tags. */
  readonly tagged: { readonly kind: string; readonly id: string };
  /** One field of the target, changed behind our back. */
  readonly drift: { readonly kind: string; readonly id: string; readonly fields: JsonObject };
  /** Cordon being the target itself; absent where it cannot be. */
  readonly self?: SelfIdentity;
  /** Calls of the plan's own kind at things beside the target; all must be denied. */
  readonly siblings: readonly AwsCall[];
  /** Another API of the service, sent with the session's own credentials; must be denied. */
  readonly otherApi: (client: {
    readonly endpoint: string;
    readonly region: string;
    readonly credentials: Credentials;
  }) => Promise<unknown>;
  /** IAM has no Regions. */
  readonly regional: boolean;
  readonly undoable: boolean;
  /** Ids that AWS gives anew to what an undo makes again: they may differ in the plan afterwards, and nothing else may. */
  readonly newIds?: RegExp;
}

const REGION = HOME_REGION;
const OTHER_REGION = 'us-east-1';
const RUN = 'RUN-CNTR2CT7';
const UNDO_RUN = 'RUN-CNTR2UND';
const QUICK = 300;
const JsonValue = z.record(z.string(), z.json());
const DENIED = /^(AccessDenied(Exception)?|UnauthorizedOperation)$/;

/** The whole contract, in words; one short call for each action. */
export function actionContract(subject: Subject): void {
  const { action, account, params } = subject;
  const place: Place = { accountId: account, region: REGION, runId: RUN, incidentId: 'INC-2026-0007', self: SELF };
  const undoPlace: Place = { ...place, runId: UNDO_RUN };
  const plan = (sandbox: Sandbox) => planIt(sandbox.sessions, place, action, params);
  const reader = (sandbox: Sandbox) => sandbox.sessions.read(account, REGION);

  const sameIds = (made: Plan): JsonObject => {
    const text = JSON.stringify(made);
    return JsonValue.parse(JSON.parse(subject.newIds === undefined ? text : text.replace(subject.newIds, 'the-id')));
  };

  describe(`${action.id} keeps the contract of actions`, () => {
    it('plans without a write, twice the same', () =>
      inSandbox(async (sandbox) => {
        const [first, second] = [await plan(sandbox), await plan(sandbox)];
        expect(planHash(second)).toBe(planHash(first));
        expect((await sandbox.log()).filter((entry) => entry.write)).toEqual([]);
      }));

    it('carries the plan out, sees it, and with the same rights takes it back to what was before', () =>
      inSandbox(async (sandbox) => {
        const done = await carryOut(sandbox.sessions, place, action, params);
        expect(done.verified).not.toContain(false);
        expect(action.irreversible ?? false).toBe(!subject.undoable);
        if (!subject.undoable) return;
        const back = await undo(sandbox.sessions, undoPlace, action, done.plan, done.outputs);
        expect(back.verified).not.toContain(false);
        const [was, again] = [sameIds(done.plan), sameIds(await plan(sandbox))];
        expect(again['before']).toEqual(was['before']);
        expect(hashOf(again)).toBe(hashOf(was));
      }));

    it('sends no command that it does not name, and signs each with the run or as reader', () =>
      inSandbox(async (sandbox) => {
        await thereAndBack(sandbox, subject, place, undoPlace);
        const named = new Set([...action.reads, ...action.writes].flatMap((it) => it.actions));
        const sent = (await sandbox.log()).filter((entry) => entry.account === account && entry.service !== 'sts');
        expect(sent.length).toBeGreaterThan(3);
        for (const { service, operation, write, sourceIdentity, sessionName } of sent) {
          expect(named).toContain(iamNameOf(service, operation));
          expect([sourceIdentity, sessionName]).toEqual(
            write ? [expect.stringMatching(/^RUN-/), place.incidentId] : ['cordon-read', 'cordon-read'],
          );
        }
      }));

    it('changes something once: a second run of the same plan is not begun', () =>
      inSandbox(async (sandbox) => {
        const { plan: done } = await carryOut(sandbox.sessions, place, action, params);
        const effects = async () =>
          (await sandbox.log()).filter((entry) => entry.effect && entry.service !== 'sts').length;
        const before = await effects();
        await expect(runPlan(done, await reader(sandbox), await actFor(sandbox.sessions, done), QUICK)).rejects.toThrow(
          /does not hold/,
        );
        expect([before, await effects()]).toEqual([done.steps.length, done.steps.length]);
      }));

    it('verifies nothing before the run', () =>
      inSandbox(async (sandbox) => {
        const made = await plan(sandbox);
        expect(await verdicts(await reader(sandbox), made.verify, {})).toContain(false);
      }));

    it('does not verify what AWS accepted and ignored, whichever call it was', async () => {
      const operations = new Set((await inSandbox(plan)).steps.map((step) => step.call.operation));
      for (const operation of operations) await inSandbox((sandbox) => ignored(sandbox, operation));
    });

    async function ignored(sandbox: Sandbox, operation: string): Promise<void> {
      const made = await plan(sandbox);
      const service = made.steps[0]?.call.service ?? '';
      await sandbox.fault({ service, operation, account, kind: 'ignore', times: 1 });
      const session = await reader(sandbox);
      await expect(runPlan(made, session, await actFor(sandbox.sessions, made), QUICK), operation).rejects.toThrow(
        /accepted but does not show/,
      );
      expect(await verdicts(session, made.verify, {}), operation).toContain(false);
    }

    it('goes stale when a field of the target changes', () =>
      inSandbox(async (sandbox) => {
        const before = planHash(await plan(sandbox));
        const { kind, id, fields } = subject.drift;
        await sandbox.patch({ account, region: REGION }, kind, id, fields);
        expect(planHash(await plan(sandbox))).not.toBe(before);
      }));

    it('refuses a target that its owner protects, and Cordon itself', () =>
      inSandbox(async (sandbox) => {
        if (subject.self !== undefined) {
          const context = await contextFor(sandbox.sessions, { ...place, self: subject.self });
          expect(refusalOf(await action.plan(context, action.params.parse(params))).refused).toBe('self');
        }
        const made = await plan(sandbox);
        for (const entry of entriesFor(made.target.arn))
          expect(refuseProtected(withProtected(entry), made)?.refused, entry).toBe('protected');
        const inOwnAccount = { accountId: account, statements: sessionStatements(made) };
        expect(() => refuseSelf(inOwnAccount, { ...SELF, accountId: account })).toThrow(/Cordon itself/);
        await protect(sandbox);
        const context = await contextFor(sandbox.sessions, place);
        expect(refusalOf(await action.plan(context, action.params.parse(params))).refused).toBe('protected');
      }));

    it('plans nothing when a reading that the protection hangs on is refused, fails or says nothing', () =>
      inSandbox(async (sandbox) => {
        await protect(sandbox);
        const context = await contextFor(sandbox.sessions, place);
        const asked = new Set<string>();
        const planWith = (answer: (call: AwsCall) => Promise<Json>) =>
          action.plan(readingBy(context, answer), action.params.parse(params));
        await planWith((call) => {
          asked.add(call.operation);
          return context.read(call);
        });
        expect(asked.size).toBeGreaterThan(0);
        for (const operation of asked)
          for (const [what, bad] of BAD_READINGS) {
            const outcome = planWith((call) => (call.operation === operation ? bad() : context.read(call)));
            const planned = await outcome.then(
              (draft) => !isRefusal(draft),
              () => false,
            );
            expect(planned, `${operation}: ${what}`).toBe(false);
          }
      }));

    async function protect(sandbox: Sandbox): Promise<void> {
      const { kind, id } = subject.tagged;
      await sandbox.patch({ account, region: REGION }, kind, id, { Tags: [{ Key: 'cordon:protect', Value: '' }] });
    }

    it('gives its session no right on anything beside the target', () =>
      inSandbox(async (sandbox) => {
        const made = await plan(sandbox);
        const writer = await actFor(sandbox.sessions, made);
        expect(subject.siblings.length).toBeGreaterThan(0);
        for (const call of subject.siblings) await expectDenied(writer.send(call), JSON.stringify(call));
      }));

    it('gives its session no right on another API, nor in another Region', () =>
      inSandbox(async (sandbox) => {
        const made = await plan(sandbox);
        const credentials = await actCredentials(sandbox, made);
        await expectDenied(
          subject.otherApi({ endpoint: sandbox.endpoint, region: REGION, credentials }),
          'another API',
        );
        if (!subject.regional) return;
        const http = openHttp();
        const elsewhere = new ServiceClients({
          region: OTHER_REGION,
          credentials,
          http,
          kind: 'writes',
          endpoint: sandbox.endpoint,
        });
        await expectDenied(elsewhere.send(firstCall(made)), 'another Region');
        http.destroy();
      }));

    it('has a session that ends after a quarter of an hour', () =>
      inSandbox(async (sandbox) => {
        const made = await plan(sandbox);
        const writer = await actFor(sandbox.sessions, made);
        await sandbox.advance(901_000);
        await expect(writer.send(firstCall(made))).rejects.toMatchObject({ awsCode: expect.stringMatching(/Expired/) });
      }));

    it('needs every statement of its session', async () => {
      const count = sessionStatements(await inSandbox(plan)).length;
      for (let index = 0; index < count; index += 1) {
        await inSandbox(async (sandbox) => {
          const made = await plan(sandbox);
          const without = sessionStatements(made).filter((_, position) => position !== index);
          await expectDenied(runWith(sandbox, made, without), `without statement ${index}`);
        });
      }
    });

    async function runWith(
      sandbox: Sandbox,
      made: Plan,
      statements: ReturnType<typeof sessionStatements>,
    ): Promise<unknown> {
      // STS takes no empty policy, so a session without its only statement gets one that helps nobody.
      const some = statements.length > 0 ? statements : [{ actions: ['sts:GetCallerIdentity'], resources: ['*'] }];
      return runPlan(made, await reader(sandbox), await actFor(sandbox.sessions, made, some));
    }

    it('works under its own template alone', () =>
      inSandbox((sandbox) => thereAndBack(sandbox, subject, place, undoPlace), templateOf(action)));

    const own = allowsIn(templateOf(action));
    it.each(own)('fails when %s is taken out of the template', (sid) =>
      inSandbox(
        async (sandbox) => {
          await expectDenied(thereAndBack(sandbox, subject, place, undoPlace), sid);
        },
        without(templateOf(action), sid),
      ),
    );
  });
}

/** Ways to write an entry of the list of what is protected that mean this ARN. */
function entriesFor(arn: string): readonly string[] {
  const [, , service, region, account, ...rest] = arn.split(':');
  const resource = rest.join(':');
  const written = (partition: string, place: string | undefined, what: string) =>
    `arn:${partition}:${service}:${place ?? ''}:${account ?? ''}:${what}`;
  const forms = [
    arn,
    written('aws-us-gov', region, resource),
    written('*', region, resource.toUpperCase()),
    written('aws', '*', `${resource.slice(0, -2)}*`),
  ];
  if (service === 'iam') forms.push(written('aws', region, resource.replace(/\/.*\//, '/')));
  if (service === 'lambda') forms.push(`${arn}:live`, `${arn}:*`);
  if (service === 's3') forms.push(`${arn}/*`, `${arn}/reports/2026.csv`);
  return forms;
}

function withProtected(entry: string) {
  return testSettings((file) => {
    file.protected = [entry];
  });
}

/** How a reading can fail; none of it means that a thing is not protected. */
const BAD_READINGS: readonly (readonly [string, () => Promise<Json>])[] = [
  ['refused', () => Promise.reject(new AwsCallError('AccessDenied', 'no', { hint: 'a test', status: 403 }))],
  [
    'failed',
    () => Promise.reject(new AwsCallError('InternalError', 'no', { hint: 'a test', status: 500, retry: true })),
  ],
  [
    'throttled',
    () => Promise.reject(new AwsCallError('Throttling', 'no', { hint: 'a test', status: 400, retry: true })),
  ],
  ['empty', async () => ({})],
];

/** The context with other readings; what is optional goes through the same hands. */
function readingBy(context: PlanContext, read: PlanContext['read']): PlanContext {
  return {
    ...context,
    read,
    async readOptional(call, absentOn) {
      try {
        return await read(call);
      } catch (error) {
        if (error instanceof AwsCallError && absentOn.includes(error.awsCode)) return undefined;
        throw error;
      }
    },
  };
}

async function thereAndBack(sandbox: Sandbox, subject: Subject, place: Place, undoPlace: Place): Promise<void> {
  const { plan, outputs, verified } = await carryOut(sandbox.sessions, place, subject.action, subject.params);
  expect(verified).not.toContain(false);
  if (subject.undoable) await undo(sandbox.sessions, undoPlace, subject.action, plan, outputs);
  else
    await expect(planUndo(sandbox.sessions, undoPlace, subject.action, plan, outputs)).rejects.toThrow(/irreversible/);
}

async function expectDenied(work: Promise<unknown>, what: string): Promise<void> {
  const outcome = await work.then(
    () => 'it was let through',
    (error: unknown) => codeOf(error),
  );
  expect(outcome, what).toMatch(DENIED);
}

function codeOf(error: unknown): string {
  if (error instanceof AwsCallError) return error.awsCode;
  return error instanceof Error ? error.name : String(error);
}

function firstCall(plan: Plan): AwsCall {
  const [step] = plan.steps;
  if (step === undefined) throw new Error('the plan has no steps');
  return step.call;
}

/** The very session that a run gets, for calls that no writer would send. */
async function actCredentials(sandbox: Sandbox, plan: Plan): Promise<Credentials> {
  const http = openHttp();
  const sts = openSts({ region: REGION, http, endpoint: sandbox.endpoint, credentials: HUB_CREDENTIALS });
  const { credentials } = await sts.assume({
    RoleArn: `arn:aws:iam::${plan.accountId}:role/cordon-remediate`,
    RoleSessionName: plan.incidentId,
    SourceIdentity: plan.runId,
    ExternalId: externalIdOf({ id: plan.accountId }, new Secret(EXTERNAL_ID_SECRET)),
    Policy: sessionPolicy(sessionStatements(plan), plan.region),
  });
  http.destroy();
  return credentials;
}

/* ------------------------------------------------------------ member template */

function templateOf(action: Action): JsonObject {
  return renderTemplates(registryOf([action])).memberRole;
}

/** Names of the statements that allow something, in both roles. */
/** The action's own statements; what Cordon itself reads of every account is looked at in test/integration/accounts/own-reads.test.ts. */
function allowsIn(template: JsonObject): readonly string[] {
  const text = JSON.stringify(template['Resources']);
  const sids = [...text.matchAll(/"Sid":"([A-Za-z0-9]+(?:Read|Write)\d+)","Effect":"Allow"/g)];
  return sids.map((match) => match[1] ?? '').filter((sid) => !/^CordonRead\d+$/.test(sid));
}

function without(value: JsonObject, sid: string): JsonObject {
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withoutIn(item, sid)]));
}

function withoutIn(value: Json, sid: string): Json {
  if (isList(value)) return value.filter((item) => !hasSid(item, sid)).map((item) => withoutIn(item, sid));
  return isObject(value) ? without(value, sid) : value;
}

function hasSid(value: Json, sid: string): boolean {
  return isObject(value) && value['Sid'] === sid;
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
