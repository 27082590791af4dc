import { ListTagsForResourceCommand, RDSClient } from '@aws-sdk/client-rds';
import { describe, expect, it } from 'vitest';
import { AUTOMATED_DB_SNAPSHOT, PUBLIC_DB_SNAPSHOT, SHARED_CLUSTER_SNAPSHOT } from '../../../sandbox/aws/seed/names.ts';
import { HOME_REGION, SECURITY_ACCOUNT } from '../../../sandbox/world.ts';
import action from '../../../src/actions/rds/make-snapshot-private.ts';
import { actionContract } from '../../support/contract/action-contract.ts';
import { carryOut, contextFor, type Place, undo } from '../../support/contract/run-plan.ts';
import { inSandbox, SELF } from '../../support/contract/sandbox.ts';

const { account, id } = PUBLIC_DB_SNAPSHOT;
const arnOf = (owner: string, kind: 'snapshot' | 'cluster-snapshot', name: string) =>
  `arn:aws:rds:${HOME_REGION}:${owner}:${kind}:${name}`;
const snapshotArn = arnOf(account, 'snapshot', id);

actionContract({
  action,
  account,
  params: { snapshotArn, keepAccounts: [SECURITY_ACCOUNT] },
  tagged: { kind: 'db-snapshots', id },
  drift: { kind: 'db-snapshots', id, fields: { SharedWith: ['all', SECURITY_ACCOUNT] } },
  siblings: [
    {
      service: 'rds',
      operation: 'ModifyDBSnapshotAttribute',
      input: { DBSnapshotIdentifier: 'another', AttributeName: 'restore', ValuesToAdd: ['all'] },
    },
  ],
  otherApi: (client) => new RDSClient(client).send(new ListTagsForResourceCommand({ ResourceName: snapshotArn })),
  regional: true,
  undoable: true,
});

describe('rds.make-snapshot-private in the simulated organisation', () => {
  const place: Place = {
    accountId: SHARED_CLUSTER_SNAPSHOT.account,
    region: HOME_REGION,
    runId: 'RUN-CSNP2222',
    incidentId: 'INC-2026-0007',
    self: SELF,
  };

  it('takes the shares of a cluster snapshot away and gives them again', () =>
    inSandbox(async (sandbox) => {
      const arn = arnOf(place.accountId, 'cluster-snapshot', SHARED_CLUSTER_SNAPSHOT.id);
      const done = await carryOut(sandbox.sessions, place, action, { snapshotArn: arn });
      expect(done.plan.steps.map((step) => step.call.operation)).toEqual(['ModifyDBClusterSnapshotAttribute']);
      expect(done.plan.blastRadius.join(' ')).toContain('policy of its key');
      expect(done.verified).toEqual([true]);
      const back = await undo(sandbox.sessions, { ...place, runId: 'RUN-CSNP3333' }, action, done.plan, done.outputs);
      expect(back.verified).toEqual([true]);
    }));

  it('leaves a snapshot that RDS took itself', () =>
    inSandbox(async (sandbox) => {
      const context = await contextFor(sandbox.sessions, { ...place, accountId: AUTOMATED_DB_SNAPSHOT.account });
      const arn = arnOf(AUTOMATED_DB_SNAPSHOT.account, 'snapshot', AUTOMATED_DB_SNAPSHOT.id);
      const refused = await action.plan(context, action.params.parse({ snapshotArn: arn }));
      expect(refused).toMatchObject({ refused: 'unsupported' });
    }));
});
