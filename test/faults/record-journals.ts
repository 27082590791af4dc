/**
 * `npx tsx test/faults/record-journals.ts`: records the journals of test/fixtures/journals anew, with the code as it is, against the simulated AWS. They are meant to stay as they
 * are: an older recording is what an upgrade finds. Record anew only when what AWS is asked has changed on purpose, and say so.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HOME_REGION, HUB_CREDENTIALS, QUEUE_NAME, SECURITY_ACCOUNT } from '../../sandbox/world.ts';
import { ACTIONS } from '../../src/actions/registry.generated.ts';
import { openQueue } from '../../src/aws/queue-consumer.ts';
import { propose, requestPlan, requestRollback } from '../../src/flow/propose.ts';
import { remediate } from '../../src/flow/remediate.ts';
import { requestApproval } from '../../src/flow/request-approval.ts';
import { stepsOf as stepsOfIncident } from '../../src/flow/steps.ts';
import { openPlaybooks } from '../../src/playbooks/load.ts';
import type { Deps } from '../../src/ports.ts';
import { loadMigrations } from '../../src/store/migrate.ts';
import { openSandbox, type Sandbox, SELF } from '../support/contract/sandbox.ts';
import { deliver, onlyIncident, unwrap } from '../support/flow-steps.ts';
import { RINA } from '../support/flow-world.ts';
import {
  approve,
  dumpRows,
  journalWorld,
  onlyPlaybook,
  RecordedJournal,
  recording,
  stepsOf,
} from '../support/journals.ts';
import { dropLease, memoryStore, type TestStore } from '../support/memory-store.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const FOLDER = join(ROOT, 'test', 'fixtures', 'journals');

/** Where the older code was stopped: after the how many-th time that a place was passed. */
interface Cut {
  readonly at:
    | 'pending'
    | 'approval.granted'
    | 'run.claimed'
    | 'run.step-intent'
    | 'sent'
    | 'run.step-done'
    | 'run.verifying';
  readonly nth?: number;
}
interface Story {
  readonly name: string;
  readonly scenario: string;
  readonly step: RegExp;
  /** The undo of it is what is recorded. */
  readonly undo?: true;
}

const KEY: Story = { name: 'deactivate-key', scenario: 'key-compromise', step: /deactivate/ };
const ISOLATE: Story = { name: 'isolate', scenario: 'command-and-control', step: /isolate/ };
const RELEASE: Story = { ...ISOLATE, name: 'release', undo: true };
const BUCKET: Story = { name: 'block-bucket', scenario: 'public-bucket', step: /block/ };
const FUNCTION: Story = { name: 'throttle', scenario: 'mining-function', step: /throttle/ };

const CASES: readonly (readonly [Story, Cut])[] = [
  [KEY, { at: 'pending' }],
  [KEY, { at: 'approval.granted' }],
  [KEY, { at: 'run.claimed' }],
  [KEY, { at: 'run.step-intent' }],
  [KEY, { at: 'sent' }],
  [KEY, { at: 'run.step-done' }],
  [ISOLATE, { at: 'pending' }],
  [ISOLATE, { at: 'approval.granted' }],
  [ISOLATE, { at: 'run.step-intent', nth: 1 }],
  [ISOLATE, { at: 'sent', nth: 1 }],
  [ISOLATE, { at: 'run.step-done', nth: 2 }],
  [ISOLATE, { at: 'sent', nth: 4 }],
  [ISOLATE, { at: 'run.step-intent', nth: 7 }],
  [ISOLATE, { at: 'run.step-done', nth: 9 }],
  [ISOLATE, { at: 'run.verifying' }],
  [BUCKET, { at: 'pending' }],
  [BUCKET, { at: 'sent' }],
  [FUNCTION, { at: 'sent' }],
  [RELEASE, { at: 'approval.granted' }],
  [RELEASE, { at: 'sent', nth: 1 }],
];

/** Thrown where the older process ends: nothing in the flow knows it. */
class Killed extends Error {}

async function record([story, cut]: readonly [Story, Cut], number: number): Promise<RecordedJournal> {
  const sandbox = await openSandbox();
  const store = await memoryStore();
  try {
    const tape: RecordedJournal['tape'] = [];
    let armed = false;
    let left = cut.nth ?? 1;
    const pass = (place: string): void => {
      if (armed && place === cut.at && --left === 0) {
        armed = false;
        throw new Killed(place);
      }
    };
    const world = journalWorld(
      store,
      recording(sandbox.sessions, () => tape),
    );
    const playbooks = openPlaybooks({ directories: [join(ROOT, 'playbooks')], actions: ACTIONS.map(({ id }) => id) });
    const deps: Deps = {
      ...world.deps,
      playbooks,
      lastGood: { ...world.deps.lastGood, playbooks: playbooks.current },
      self: SELF,
      store: watched(store, pass),
      sessions: stoppable(world.deps.sessions, pass),
      pause: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
      timing: { leaseSeconds: 30, settleMilliseconds: 5_000, pollMilliseconds: 200 },
    };
    const runId = await requested(deps, sandbox, story);
    if (cut.at !== 'pending') {
      armed = true;
      await approve(deps, runId)
        .then(() => remediate(deps, runId))
        .catch((error: unknown) => {
          if (!(error instanceof Killed)) throw error;
        });
      if (armed) throw new Error(`${story.name} never passed ${cut.at}`);
    }
    const rows = await dumpRows(store);
    const { playbookId } = await onlyIncident(deps);
    const playbook = (await playbooks.current()).get(playbookId);
    if (!playbook) throw new Error(`there is no ${playbookId}`);
    tape.length = 0;
    await dropLease(store, runId);
    const after: Deps = { ...deps, playbooks: onlyPlaybook(playbook) };
    if (cut.at === 'pending') await approve(after, runId);
    await remediate(after, runId);
    const state = (await store.read.runs.get(runId))?.state ?? 'gone';
    return {
      name: `${String(number).padStart(2, '0')}-${story.name}-${cut.at.replace('.', '-')}${cut.nth ? `-${cut.nth}` : ''}`,
      migrations: loadMigrations().length,
      runId,
      isPending: cut.at === 'pending',
      playbook,
      rows,
      tape: [...tape],
      end: RecordedJournal.shape.end.parse({ state, steps: await stepsOf(store, runId) }),
    };
  } finally {
    await sandbox.close();
  }
}

/** The finding comes in, a responder asks for the step (or for its undo, after it was done), and the request is open. */
async function requested(deps: Deps, sandbox: Sandbox, story: Story): Promise<string> {
  await sandbox.control('POST', `scenarios/${story.scenario}`, {});
  const options = { homeRegion: HOME_REGION, endpoint: sandbox.endpoint, credentials: HUB_CREDENTIALS };
  const queue = openQueue({
    ...options,
    queueUrl: `${sandbox.endpoint}/${SECURITY_ACCOUNT}/${QUEUE_NAME}`,
    waitSeconds: 0,
  });
  for (const message of await queue.receive(new AbortController().signal)) await deliver(deps, message.body);
  queue.close();
  const incident = await onlyIncident(deps);
  const step = (await stepsOfIncident(deps, incident)).find((one) => one.runnable && story.step.test(one.stepId));
  if (!step) throw new Error(`no step of ${incident.playbookId} is ${String(story.step)}`);
  const first = unwrap(
    await requestPlan(deps, RINA, {
      incidentId: incident.id,
      stepId: step.stepId,
      findingKey: step.findingKey,
      viewId: null,
    }),
  );
  await ask(deps, first.id);
  if (!story.undo) return first.id;
  await approve(deps, first.id);
  await remediate(deps, first.id);
  const back = unwrap(await requestRollback(deps, RINA, { runId: first.id, viewId: null }));
  await ask(deps, back.id);
  return back.id;
}

async function ask(deps: Deps, runId: string): Promise<void> {
  await propose(deps, runId);
  const run = await deps.store.read.runs.get(runId);
  if (!run?.planHash) throw new Error(`no plan: ${run?.stateReason}`);
  unwrap(await requestApproval(deps, RINA, { runId, planHash: run.planHash, reason: 'seen in the triage' }));
}

function watched(store: TestStore, pass: (place: string) => void): Deps['store'] {
  return {
    ...store,
    async tx(work) {
      const events: string[] = [];
      const result = await store.tx((tx) => {
        events.length = 0;
        const audit = {
          ...tx.audit,
          append: (entry: Parameters<typeof tx.audit.append>[0]) => {
            events.push(entry.event);
            return tx.audit.append(entry);
          },
        };
        return work({ ...tx, audit });
      });
      for (const event of events) pass(event);
      return result;
    },
  };
}

function stoppable(sessions: Deps['sessions'], pass: (place: string) => void): Deps['sessions'] {
  return {
    ...sessions,
    async act(request) {
      const writer = await sessions.act(request);
      return {
        ...writer,
        async send(call) {
          const answer = await writer.send(call);
          pass('sent');
          return answer;
        },
      };
    },
  };
}

mkdirSync(FOLDER, { recursive: true });
for (const [index, one] of CASES.entries()) {
  const journal = await record(one, index + 1);
  writeFileSync(join(FOLDER, `${journal.name}.jsonl`), `${JSON.stringify(journal)}\n`);
  process.stdout.write(`${journal.name}: ${journal.end.state}, ${journal.tape.length} calls to the end\n`);
}
process.exit(0);
