import { ListTagsForResourceCommand, RDSClient } from '@aws-sdk/client-rds';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { CLUSTER_DATABASE, PUBLIC_DATABASE } from '../../../sandbox/aws/seed/names.ts';
import { HOME_REGION } from '../../../sandbox/world.ts';
import action from '../../../src/actions/rds/disable-public-access.ts';
import { actionContract } from '../../support/contract/action-contract.ts';
import { carryOut, contextFor, type Place, planIt } from '../../support/contract/run-plan.ts';
import { inSandbox, SELF } from '../../support/contract/sandbox.ts';

const { account, id } = PUBLIC_DATABASE;
const arn = `arn:aws:rds:${HOME_REGION}:${account}:db:${id}`;

actionContract({
  action,
  account,
  params: { dbInstanceId: id },
  tagged: { kind: 'db-instances', id },
  drift: { kind: 'db-instances', id, fields: { PendingModifiedValues: { DBInstanceClass: 'db.r6g.xlarge' } } },
  siblings: [
    {
      service: 'rds',
      operation: 'ModifyDBInstance',
      input: { DBInstanceIdentifier: 'another', PubliclyAccessible: false },
    },
  ],
  otherApi: (client) => new RDSClient(client).send(new ListTagsForResourceCommand({ ResourceName: arn })),
  regional: true,
  undoable: true,
});

describe('rds.disable-public-access in the simulated organisation', () => {
  const place: Place = {
    accountId: account,
    region: HOME_REGION,
    runId: 'RUN-PNDG2222',
    incidentId: 'INC-2026-0007',
    self: SELF,
  };
  const Row = z.looseObject({ DBInstanceClass: z.string(), PendingModifiedValues: z.record(z.string(), z.json()) });

  it('does not send out what waits for the maintenance window', () =>
    inSandbox(async (sandbox) => {
      const waiting = { DBInstanceClass: 'db.r6g.xlarge', EngineVersion: '17.2' };
      await sandbox.patch(at(), 'db-instances', id, { PendingModifiedValues: waiting });
      const { plan, verified } = await carryOut(sandbox.sessions, place, action, { dbInstanceId: id });
      expect(plan.blastRadius.join(' ')).toContain('DBInstanceClass "db.r6g.xlarge", EngineVersion "17.2"');
      expect(verified).toEqual([true]);
      const row = Row.parse(await sandbox.control('GET', `state/${account}/${HOME_REGION}/db-instances/${id}`));
      expect([row.DBInstanceClass, row.PendingModifiedValues]).toEqual(['db.r6g.large', waiting]);
    }));

  it('works on one instance of a cluster, and refuses it while it is being modified', () =>
    inSandbox(async (sandbox) => {
      const cluster = { ...place, accountId: CLUSTER_DATABASE.account };
      const params = { dbInstanceId: CLUSTER_DATABASE.id };
      const plan = await planIt(sandbox.sessions, cluster, action, params);
      expect(plan.blastRadius.join(' ')).toContain(`one instance of the cluster ${CLUSTER_DATABASE.cluster}`);
      const { reader } = await carryOut(sandbox.sessions, cluster, action, params);
      expect(reader.accountId).toBe(CLUSTER_DATABASE.account);
      const Applying = { DoneAt: Date.now() + 3_600_000, Values: {} };
      await sandbox.patch(at(CLUSTER_DATABASE.account), 'db-instances', CLUSTER_DATABASE.id, { Applying });
      const context = await contextFor(sandbox.sessions, cluster);
      expect(await action.plan(context, params)).toMatchObject({ refused: 'not-ready' });
    }));

  function at(of: string = account) {
    return { account: of, region: HOME_REGION };
  }
});
