import { HOME_REGION } from '../../world.ts';
import type { Trail } from '../state/kinds.ts';
import type { State } from '../state/state.ts';
import { ORGANIZATION_TRAIL, STOPPED_TRAIL } from './names.ts';

function seedTrail(state: State, account: string, trail: Partial<Trail> & { readonly Name: string }): void {
  state.table('trails', account, HOME_REGION).put(trail.Name, {
    S3BucketName: 'acme-log-archive',
    IncludeGlobalServiceEvents: true,
    IsMultiRegionTrail: true,
    IsOrganizationTrail: false,
    LogFileValidationEnabled: true,
    EventSelectors: [{ ReadWriteType: 'All', IncludeManagementEvents: true, ExcludeManagementEventSources: [] }],
    IsLogging: true,
    StartLoggingTime: '2025-06-01T00:00:00.000Z',
    LatestDeliveryTime: '2026-06-30T23:40:00.000Z',
    Tags: [],
    ...trail,
  });
}

/** A trail of the organisation, one of an account that is stopped and thinned, and one beside it that runs. */
export function seedTrails(state: State): void {
  seedTrail(state, ORGANIZATION_TRAIL.account, { Name: ORGANIZATION_TRAIL.name, IsOrganizationTrail: true });
  seedTrail(state, STOPPED_TRAIL.account, {
    Name: STOPPED_TRAIL.name,
    S3BucketName: 'acme-prod-payments-trail',
    LogFileValidationEnabled: false,
    EventSelectors: [
      {
        ReadWriteType: 'WriteOnly',
        IncludeManagementEvents: true,
        ExcludeManagementEventSources: ['kms.amazonaws.com'],
      },
    ],
    IsLogging: false,
    StopLoggingTime: '2026-06-30T23:52:00.000Z',
    Tags: [{ Key: 'team', Value: 'payments' }],
  });
  seedTrail(state, STOPPED_TRAIL.account, {
    Name: 'payments-objects',
    S3BucketName: 'acme-prod-payments-trail',
    IsMultiRegionTrail: false,
    AdvancedEventSelectors: [{ Name: 'objects', FieldSelectors: [{ Field: 'eventCategory', Equals: ['Data'] }] }],
  });
}
