import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningSlack, startSlack } from '../../../sandbox/slack/start.ts';
import { SLACK_TOKENS } from '../../../sandbox/world.ts';
import type { Approval } from '../../../src/domain/approval.ts';
import { remediate } from '../../../src/flow/remediate.ts';
import { flowApi } from '../../../src/flow-binding.ts';
import { createSlackApp, type SlackApp } from '../../../src/slack/app.ts';
import { slackClient } from '../../../src/slack/calls.ts';
import { slackDirectory } from '../../../src/slack/directory.ts';
import { approvalPending, deliver, onlyIncident } from '../../support/flow-steps.ts';
import { flowWorld, guardDutyEvent, testSettings, type World } from '../../support/flow-world.ts';
import { memoryStore, type TestStore } from '../../support/memory-store.ts';
import { until } from '../../support/poll.ts';

const ALICE = 'U0ALICE0001';
const BO = 'U0BO0000001';
const PAIRS = 200;

let slack: RunningSlack;
let app: SlackApp;
let store: TestStore;
let world: World;

/** The real Slack app, gate and flow on the real store; only AWS is the small stand-in. */
beforeAll(async () => {
  slack = await startSlack();
  await fetch(`${slack.control}/limits`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"enabled":false}',
  });
  store = await memoryStore();
  world = flowWorld(store);
  world.settings = testSettings((file) => {
    file.limits = { runsPerAccountPerHour: 1000, runsPerHour: 1000, shareOfAccountsPerHour: { percent: 100 } };
    file.slack = { team: 'T0ACMESBX', app: 'A0CORDON001' };
    file.people.approvers = [ALICE, BO];
  });
  const interactive = slackClient({
    token: SLACK_TOKENS.bot,
    apiUrl: slack.api,
    timeoutMilliseconds: 5_000,
    log: world.deps.log,
  });
  world.people = slackDirectory({ client: interactive, settings: world.deps.settings });
  app = createSlackApp({
    botToken: SLACK_TOKENS.bot,
    transport: { kind: 'socket', appToken: SLACK_TOKENS.app },
    apiUrl: slack.api,
    interactive,
    deps: {
      ...world.deps,
      pause: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
      api: flowApi(() => world.deps),
      presses: { take: async () => ({ ok: true }) },
    },
  });
  await app.start();
  await deliver(world.deps, guardDutyEvent());
}, 60_000);
afterAll(async () => {
  await app?.stop();
  await slack?.close();
});

/** A person presses Decide in the review window. */
async function press(person: string, approval: Approval, decision: 'approve' | 'deny', nonce: string): Promise<void> {
  const payload = {
    type: 'view_submission',
    team: { id: 'T0ACMESBX', domain: 'acme-sandbox' },
    user: { id: person, username: person.toLowerCase(), name: person.toLowerCase(), team_id: 'T0ACMESBX' },
    api_app_id: 'A0CORDON001',
    enterprise: null,
    is_enterprise_install: false,
    trigger_id: nonce,
    view: {
      id: `V${nonce.replaceAll('.', '')}`,
      hash: `1.${nonce}`,
      type: 'modal',
      callback_id: 'cordon.review',
      private_metadata: JSON.stringify({ approvalId: approval.id, planHash: approval.planHash }),
      state: {
        values: {
          decision: { decision: { type: 'radio_buttons', selected_option: { value: decision } } },
          reason: { reason: { type: 'plain_text_input', value: 'checked against the ticket' } },
        },
      },
    },
  };
  await fetch(`${slack.control}/raw-interaction`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ payload }),
  });
}

/** How many people's presses have been answered: each vote and each refusal has its row. */
async function answered(approval: Approval): Promise<number> {
  const rows = await store.read.audit.ofSubject(`approval:${approval.id}`, 50);
  return rows.filter((row) => row.event === 'approval.voted' || row.event === 'approval.refused').length;
}

describe('two people press Decide at the same moment', () => {
  it(`${PAIRS} pairs, half of them approve against deny: one outcome each, no execution without a valid approval`, {
    timeout: 240_000,
  }, async () => {
    const incident = await onlyIncident(world.deps);
    let granted = 0;
    for (let pair = 0; pair < PAIRS; pair += 1) {
      world.cloud.tags.clear();
      const approval = await approvalPending(world.deps, incident);
      const second = pair % 2 === 0 ? 'approve' : 'deny';
      const presses = [
        () => press(ALICE, approval, 'approve', `${pair}.1`),
        () => press(BO, approval, second, `${pair}.2`),
      ];
      await Promise.all((pair % 4 < 2 ? presses : presses.reverse()).map((one) => one()));
      await until(`both answers of pair ${pair}`, async () => (await answered(approval)) === 2);
      const decided = await store.read.approvals.get(approval.id);
      const votes = await store.read.votes.ofApproval(approval.id);
      expect(votes).toHaveLength(1);
      expect(decided?.state).toBe(votes[0]?.decision === 'approve' ? 'approved' : 'denied');
      await remediate(world.deps, approval.runId);
      if (decided?.state === 'approved') granted += 1;
      expect(world.cloud.effects).toHaveLength(granted);
    }
    expect(granted).toBeGreaterThanOrEqual(PAIRS / 2);
  });
});
