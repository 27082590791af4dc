import type { Permission } from '../actions/action.ts';

/** What the read role may do beside what the actions declare: what Cordon itself asks of every account. */
export const OWN_READS: readonly Permission[] = [
  {
    actions: ['ec2:DescribeRegions'],
    resources: ['*'],
    why: 'Which Regions are switched on, and whether the account answers',
  },
  {
    actions: ['cloudtrail:LookupEvents'],
    resources: ['*'],
    why: 'What runs have changed by CloudTrail’s own record, for `cordon reconcile`',
  },
];
