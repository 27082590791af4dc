import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { FLEET, instanceId, interfaceId } from '../../../sandbox/aws/seed/names.ts';
import type { Sandbox } from '../sandbox-processes.ts';
import { type Story, storyOf } from '../story.ts';

const Known = z.record(z.string(), z.unknown());

/** What people live through, wherever records and queue lie and however many processes work on them. The sandbox has to be fresh. */
export function storySuite(sandbox: () => Sandbox): void {
  let story: Story;
  beforeAll(() => {
    story = storyOf(sandbox());
  });

  /** Effective writes, apart from the checkpoints that the audit's own role puts into its own bucket; of that role nothing else is let through. */
  async function writesOf(service: string): Promise<readonly string[]> {
    return (await story.awsLog())
      .filter((call) => call.service === service && call.write && call.effect)
      .filter((call) => !(call.sourceIdentity === 'cordon-audit' && call.operation === 'PutObject'))
      .map((call) => call.operation);
  }

  describe('the whole way of a finding, through real processes', { timeout: 120_000 }, () => {
    it('deactivates the key with one approver, and refuses to hand it back', async () => {
      await story.fire('key-compromise');
      const card = await story.card('Access key used', 'prod-payments');
      const request = await story.askFor(card, 'Deactivate the key');
      expect(await story.decide(request, 'alice')).toContain('is approved');
      const result = await story.inThread(card, ['RUN-', 'verified']);
      expect(await writesOf('iam')).toEqual(['UpdateAccessKey']);
      expect(await story.pressRollBack(result)).toContain('allow.reactivateAccessKey');
    });

    it('closes the bucket, tells Security Hub, and opens it again only with two approvers', async () => {
      await story.fire('public-bucket');
      const card = await story.card('Bucket open', 'prod-web');
      const request = await story.askFor(card, 'acme-prod-web-assets');
      await story.decide(request, 'bo');
      const result = await story.inThread(card, ['RUN-', 'verified']);
      await story.card('Bucket open', 'prod-web');
      const undo = await story.askRollBack(card, result);
      expect(await story.decide(undo, 'alice')).toContain('counted');
      expect(await story.decide(undo, 'bo')).toContain('is approved');
      await story.inThread(card, ['Roll back:', 'verified']);
      expect(await writesOf('s3')).toEqual(['PutPublicAccessBlock', 'DeletePublicAccessBlock']);
      const told = (await story.awsLog()).filter((call) => call.operation === 'BatchUpdateFindings');
      expect(told.length).toBeGreaterThan(0);
    });

    it('isolates the instance through every step and gives it its groups back', async () => {
      const interfaces = async () => Known.parse(await story.awsState('333333333333/eu-west-1/network-interfaces'));
      const before = await interfaces();
      await story.fire('command-and-control');
      const card = await story.card('Machine talks', 'prod-data');
      const request = await story.askFor(card, 'Isolate');
      await story.decide(request, 'alice');
      const result = await story.inThread(card, ['RUN-', 'verified']);
      expect(await interfaces()).not.toEqual(before);
      const undo = await story.askRollBack(card, result);
      await story.decide(undo, 'bo');
      await story.decide(undo, 'alice');
      await story.inThread(card, ['Roll back:', 'verified']);
      expect(await interfaces()).toEqual(before);
    });

    it('says changed, unverified when AWS accepts a change and ignores it, and does not resolve the finding', async () => {
      await story.fire('public-bucket', { bucket: 'acme-prod-web-site-01' });
      const card = await story.card('Bucket open', 'acme-prod-web-site-01');
      const request = await story.askFor(card, 'acme-prod-web-site-01');
      await story.fault({ service: 's3', operation: 'PutPublicAccessBlock', kind: 'ignore' });
      const before = (await story.awsLog()).length;
      await story.decide(request, 'alice');
      await story.inThread(card, ['RUN-', 'unverified'], 60_000);
      const calls = (await story.awsLog()).slice(before).map((call) => call.operation);
      expect(calls).toContain('PutPublicAccessBlock');
      expect(calls).not.toContain('BatchUpdateFindings');
    });

    it('goes stale when the target changes between request and execution: 0 writes, and the card says so', async () => {
      const key = instanceId(FLEET[0]?.account ?? '', FLEET[0]?.name ?? '');
      await story.fire('command-and-control', { account: FLEET[0]?.account, instanceId: key });
      const card = await story.card('Machine talks', key);
      const request = await story.askFor(card, 'Isolate');
      const eni = interfaceId(FLEET[0]?.account ?? '', FLEET[0]?.name ?? '', 0);
      await story.changeAws(`333333333333/eu-west-1/network-interfaces/${eni}`, { Groups: [] });
      const before = (await story.awsLog()).at(-1)?.seq ?? 0;
      await story.decide(request, 'alice');
      await story.inThread(card, ['REQ-', 'STALE']);
      const after = (await story.awsLog()).filter((call) => call.seq > before && call.service === 'ec2' && call.write);
      expect(after).toEqual([]);
    });

    it('names the account and what to deploy when a role cannot be assumed', async () => {
      const [instance = ''] = Object.keys(Known.parse(await story.awsState('444444444442/eu-west-1/instances')));
      await story.fire('command-and-control', { account: '444444444442', instanceId: instance });
      const card = await story.card('Machine talks', 'staging-web');
      const refused = await story.refusedPlan(card, 'Isolate');
      expect(refused).toContain('staging-web (444444444442)');
      expect(refused).toContain('ExternalId');
      expect(refused).toContain('infra/member-role.json');
    });

    it('answers the command line through the running product, whose audit chain verifies', async () => {
      const answer = await sandbox().cli('audit', 'verify', '--json');
      expect(JSON.parse(answer)).toMatchObject({ ok: true });
      expect(await sandbox().cli('status')).toMatch(/running|stopped/i);
    });
  });
}
