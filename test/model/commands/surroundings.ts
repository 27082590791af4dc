import fc from 'fast-check';
import { PROTECT_TAG } from '../../../src/actions/tags.ts';
import type { Trouble } from '../world/cloud.ts';
import { INSTANCES } from '../world/findings.ts';
import { PEOPLE } from '../world/people.ts';
import type { SlackTrouble } from '../world/slack.ts';
import { now } from '../world/time.ts';
import { kind } from './command.ts';

/** Somebody else changes something in AWS. */
export const outside = kind<{
  instance: number;
  what: 'tag' | 'protect' | 'unprotect' | 'tokens' | 'state' | 'mark' | 'unmark';
}>({
  name: 'outside-change',
  weight: 5,
  args: fc.record({
    instance: fc.nat({ max: INSTANCES.length - 1 }),
    what: fc.constantFrom('tag', 'protect', 'unprotect', 'unprotect', 'tokens', 'state', 'mark', 'unmark', 'unmark'),
  }),
  async run(world, { instance: index, what }) {
    const { id } = INSTANCES[index] ?? INSTANCES[0];
    world.cloud.change(id, what, (instance) => {
      switch (what) {
        case 'tag':
          instance.tags.set('owner', `team-${now()}`);
          return;
        case 'protect':
          instance.tags.set(PROTECT_TAG, 'yes');
          return;
        case 'unprotect':
          instance.tags.delete(PROTECT_TAG);
          return;
        case 'tokens':
          instance.tokens = instance.tokens === 'optional' ? 'required' : 'optional';
          return;
        case 'state':
          instance.state = instance.state === 'running' ? 'stopped' : 'running';
          return;
        case 'mark':
          instance.tags.set('cordon:mark-one', 'somebody else');
          return;
        case 'unmark':
          instance.tags.delete('cordon:mark-one');
          instance.tags.delete('cordon:mark-two');
      }
    });
  },
});

export const awsTrouble = kind<{ trouble: Trouble | 'read'; account: number | null }>({
  name: 'aws-trouble',
  weight: 6,
  args: fc.record({
    trouble: fc.constantFrom(
      'lost-answer',
      'lost-answer',
      'lost-request',
      'denied',
      'throttled',
      'expired',
      'ignored',
      'read',
    ),
    account: fc.constantFrom(null, 0, 1),
  }),
  async run(world, { trouble, account }) {
    if (trouble === 'read') {
      world.cloud.readsToFail += 1;
      world.record.faults.push({ at: now(), kind: 'aws-read', accountId: null });
      return;
    }
    const accountId = account === null ? null : (world.accounts[account] ?? null);
    world.cloud.troubles.push({ accountId, trouble });
    world.record.faults.push({ at: now(), kind: `aws-${trouble}`, accountId });
  },
});

/** An account stops answering, or answers again. */
export const breakAccount = kind<{ account: number; broken: boolean }>({
  name: 'break-account',
  weight: 2,
  args: fc.record({ account: fc.nat({ max: 1 }), broken: fc.constantFrom(true, false, false) }),
  async run(world, { account, broken }) {
    const id = world.accounts[account] ?? world.accounts[0];
    if (!broken) world.cloud.broken.delete(id);
    else {
      world.cloud.broken.add(id);
      world.record.faults.push({ at: now(), kind: 'account broken', accountId: id });
      world.note('account broken');
    }
  },
});

export const slackTrouble = kind<{ trouble: SlackTrouble | 'directory' }>({
  name: 'slack-trouble',
  weight: 2,
  args: fc.record({
    trouble: fc.constantFrom('rate-limited', 'lost-answer', 'lost-request', 'gone', 'directory'),
  }),
  async run(world, { trouble }) {
    world.record.faults.push({ at: now(), kind: `slack ${trouble}`, accountId: null });
    if (trouble === 'directory') world.directoryFailures += 1;
    else world.slack.troubles.push(trouble);
  },
});

type RoleChange =
  | { readonly what: 'approver' | 'owner' | 'member' | 'gone'; readonly who: string; readonly is: boolean }
  | { readonly what: 'two-in-dev' | 'short'; readonly is: boolean }
  | { readonly what: 'protected'; readonly instance: number; readonly is: boolean };

/** cordon.yaml or Slack changes who may what. */
export const roles = kind<RoleChange>({
  name: 'roles',
  weight: 4,
  args: fc.oneof(
    fc.record({
      what: fc.constantFrom('approver', 'approver', 'owner', 'member', 'gone'),
      who: fc.constantFrom(...PEOPLE),
      is: fc.boolean(),
    }),
    fc.record({ what: fc.constantFrom('two-in-dev', 'short'), is: fc.boolean() }),
    fc.record({
      what: fc.constant('protected' as const),
      instance: fc.nat({ max: INSTANCES.length - 1 }),
      is: fc.constantFrom(true, false, false),
    }),
  ),
  async run(world, change) {
    const { roles: all } = world;
    const set = (list: string[], value: string, is: boolean): string[] => [
      ...list.filter((one) => one !== value),
      ...(is ? [value] : []),
    ];
    switch (change.what) {
      case 'approver':
        all.approvers = set(all.approvers, change.who, change.is);
        break;
      case 'owner':
        all.owners = set(all.owners, change.who, change.is);
        break;
      case 'member':
        all.usergroup = set(all.usergroup, change.who, change.is);
        break;
      case 'gone':
        all.gone = set(all.gone, change.who, change.is);
        break;
      case 'two-in-dev':
        all.requireTwoInDev = change.is;
        break;
      case 'short':
        all.ttlMinutes = change.is ? 5 : 30;
        break;
      case 'protected': {
        const { id } = INSTANCES[change.instance] ?? INSTANCES[0];
        all.protected = set(all.protected, world.cloud.arnOf(id), change.is);
        break;
      }
    }
    world.stand();
  },
});

export const editPlaybook = kind<Record<string, never>>({
  name: 'edit-playbook',
  weight: 1,
  args: fc.constant({}),
  async run(world) {
    world.edition += 1;
    world.stand();
  },
});

/** cordon.yaml is being edited and not valid, or valid again. */
export const breakSettings = kind<{ broken: boolean }>({
  name: 'break-settings',
  weight: 1,
  args: fc.record({ broken: fc.constantFrom(true, false, false) }),
  async run(world, { broken }) {
    world.settingsBroken = broken;
    if (broken) {
      world.note('cordon.yaml not valid');
      world.record.faults.push({ at: now(), kind: 'settings', accountId: null });
    }
  },
});

/** The STOP file appears or goes. */
export const stopFile = kind<{ there: boolean }>({
  name: 'stop-file',
  weight: 1,
  args: fc.record({ there: fc.constantFrom(true, false, false, false) }),
  async run(world, { there }) {
    world.stopFile = there;
    world.stand();
  },
});
