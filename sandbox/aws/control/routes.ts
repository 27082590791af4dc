import { z } from 'zod';
import { HOME_REGION } from '../../world.ts';
import type { DispatchDeps } from '../dispatch.ts';
import { deliverRaw } from '../events/deliver.ts';
import { hubTable } from '../events/publish.ts';
import { FaultOrder } from '../faults.ts';
import { RateChange } from '../rate-limits.ts';
import { SCENARIOS_BY_NAME, SCRIPTS } from '../scenarios/all.ts';
import type { Player } from '../scenarios/play.ts';
import { patchState } from '../state/patch.ts';
import { isKindName, KIND_NAMES, regionFor } from '../state/state.ts';

/** A request of the control API. */
export interface ControlRequest {
  readonly parts: readonly string[];
  readonly query: URLSearchParams;
  readonly body: string;
}

export interface ControlDeps extends DispatchDeps {
  readonly player: Player;
}

/** An answer: status and what to send as JSON. */
export interface ControlAnswer {
  readonly status: number;
  readonly body: unknown;
}

type Route = (deps: ControlDeps, request: ControlRequest) => ControlAnswer;

function ok(body: unknown, status = 200): ControlAnswer {
  return { status, body };
}

function problem(status: number, text: string): ControlAnswer {
  return { status, body: { error: text } };
}

function json(text: string): unknown {
  return text.trim() === '' ? {} : JSON.parse(text);
}

const LogQuery = z.strictObject({
  since: z.coerce.number().int().min(0).optional(),
  service: z.string().optional(),
  operation: z.string().optional(),
});

function readLog({ log }: ControlDeps, { query }: ControlRequest): ControlAnswer {
  return ok({ entries: log.list(LogQuery.parse(Object.fromEntries(query))) });
}

function addFault({ faults }: ControlDeps, { body }: ControlRequest): ControlAnswer {
  return ok(faults.add(FaultOrder.parse(json(body))), 201);
}

function clearFaults({ faults, staleReads }: ControlDeps): ControlAnswer {
  faults.clear();
  staleReads.clear();
  return ok({ cleared: true });
}

function readRates({ rates }: ControlDeps): ControlAnswer {
  return ok(rates.report());
}

function changeRate({ rates }: ControlDeps, { body }: ControlRequest): ControlAnswer {
  rates.change(RateChange.parse(json(body)));
  return ok(rates.report());
}

const Advance = z.strictObject({ advanceMs: z.number().int().min(0) });

function moveClock({ organization }: ControlDeps, { body }: ControlRequest): ControlAnswer {
  organization.clock.advance(Advance.parse(json(body)).advanceMs);
  return ok({ now: new Date(organization.clock.now()).toISOString() });
}

const Trail = z.strictObject({ delayMs: z.number().int().min(0).max(86_400_000) });

/** How long CloudTrail takes from now on until it shows a call, those of before too. */
function changeTrail({ organization }: ControlDeps, { body }: ControlRequest): ControlAnswer {
  organization.trailDelay.milliseconds = Trail.parse(json(body)).delayMs;
  return ok({ delayMs: organization.trailDelay.milliseconds });
}

function readState({ organization }: ControlDeps, { parts }: ControlRequest): ControlAnswer {
  const [, account = '', region = '', kind = '', id] = parts;
  if (!isKindName(kind)) return problem(404, `no such kind; known are ${KIND_NAMES.join(', ')}`);
  const table =
    kind === 'hub-findings'
      ? hubTable(organization.state)
      : organization.state.table(kind, account, regionFor(kind, region));
  if (id === undefined) return ok(Object.fromEntries(table.entries()));
  const row = table.get(id);
  return row === undefined ? problem(404, `there is no ${kind} ${id}`) : ok(row);
}

const Fields = z.record(z.string(), z.unknown());

function changeState({ organization }: ControlDeps, { parts, body }: ControlRequest): ControlAnswer {
  const [, account = '', region = '', kind = '', id = ''] = parts;
  if (!isKindName(kind)) return problem(404, `no such kind; known are ${KIND_NAMES.join(', ')}`);
  const result = patchState(organization.state, kind, account, regionFor(kind, region), id, Fields.parse(json(body)));
  return result.ok ? ok(result.row) : problem(422, result.problem);
}

function listScenarios(): ControlAnswer {
  return ok([...SCENARIOS_BY_NAME.values()].map(({ name, summary }) => ({ name, summary })));
}

function fireScenario({ organization }: ControlDeps, { parts, body }: ControlRequest): ControlAnswer {
  const scenario = SCENARIOS_BY_NAME.get(parts[1] ?? '');
  if (!scenario) return problem(404, `no such scenario; known are ${[...SCENARIOS_BY_NAME.keys()].join(', ')}`);
  return ok(scenario.fire(organization, Fields.parse(json(body))), 201);
}

const Play = z.strictObject({
  script: z.literal('first-minute'),
  overMs: z.number().int().min(0).max(600_000).default(45_000),
});

function play({ player }: ControlDeps, { body }: ControlRequest): ControlAnswer {
  const { script, overMs } = Play.parse(json(body));
  player.play(SCRIPTS[script], overMs);
  return ok({ script, overMs, scenarios: SCRIPTS[script].map(({ name }) => name) }, 202);
}

function injectEvent({ organization }: ControlDeps, { body }: ControlRequest): ControlAnswer {
  return ok({ messageId: deliverRaw(organization, body) }, 201);
}

function readQueues({ organization }: ControlDeps): ControlAnswer {
  const queues = organization.queues.list().map((queue) => ({
    name: queue.settings.name,
    url: `${organization.endpoint()}/${queue.settings.account}/${queue.settings.name}`,
    ...queue.counts(),
  }));
  const dead = organization.queues.list().filter(({ settings }) => settings.name.endsWith('-dead-letters'));
  return ok({ queues, dead: dead.flatMap((queue) => queue.bodies()) });
}

/** The visibility timeouts pass at once, and no other clock moves. */
function showAgain({ organization }: ControlDeps): ControlAnswer {
  return ok({ shown: organization.queues.list().reduce((sum, one) => sum + one.showAgain(), 0) });
}

function readFindings({ organization }: ControlDeps): ControlAnswer {
  return ok({
    home: HOME_REGION,
    guardduty: organization.state.everywhere('guardduty-findings').map(({ row }) => row),
    securityhub: hubTable(organization.state).list(),
  });
}

/** Every route: method, first part of the path, how many parts it may have. */
const ROUTES: ReadonlyArray<readonly [method: string, first: string, parts: readonly number[], route: Route]> = [
  ['GET', 'health', [1], ({ organization }) => ok({ ok: true, now: new Date(organization.clock.now()).toISOString() })],
  ['GET', 'log', [1], readLog],
  ['GET', 'faults', [1], ({ faults }) => ok(faults.list())],
  ['POST', 'faults', [1], addFault],
  ['DELETE', 'faults', [1], clearFaults],
  ['GET', 'rates', [1], readRates],
  ['PUT', 'rates', [1], changeRate],
  ['POST', 'clock', [1], moveClock],
  ['PUT', 'trail', [1], changeTrail],
  ['GET', 'state', [4, 5], readState],
  ['PATCH', 'state', [5], changeState],
  ['GET', 'scenarios', [1], listScenarios],
  ['POST', 'scenarios', [2], fireScenario],
  ['POST', 'play', [1], play],
  ['POST', 'events', [1], injectEvent],
  ['GET', 'queues', [1], readQueues],
  ['POST', 'show-again', [1], showAgain],
  ['GET', 'findings', [1], readFindings],
];

/** Answers one request of the control API. Bad input is answered with 400 and what is wrong. */
export function controlRoute(deps: ControlDeps, method: string, request: ControlRequest): ControlAnswer {
  const route = ROUTES.find(
    ([m, first, parts]) => m === method && first === request.parts[0] && parts.includes(request.parts.length),
  );
  if (!route)
    return problem(404, `no such route; known are ${ROUTES.map(([m, first]) => `${m} /${first}`).join(', ')}`);
  try {
    return route[3](deps, request);
  } catch (error) {
    if (error instanceof z.ZodError) return problem(400, z.prettifyError(error));
    return problem(400, error instanceof Error ? error.message : String(error));
  }
}
