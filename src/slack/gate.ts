import { messageOf } from '../domain/errors.ts';
import type { Settings } from '../domain/settings.ts';
import type { RateLimit } from '../ports.ts';
import type { SlackDeps } from './deps.ts';
import type { FlowRefusal } from './flow-api.ts';
import type { Inbound } from './inbound.ts';

/** How far a press may lie from the database's clock, both ways. */
const FRESH_SECONDS = 300;
/** How long an interaction is remembered. Longer than any redelivery; a day costs nothing. */
const REMEMBER_SECONDS = 86_400;

/** What one person may press or type in a minute, over and over; a person is far below, and stopping is never held up. */
const PRESSES: RateLimit = { name: 'presses', points: 600, seconds: 60 };
/** How often in a minute they are told, and it is on record; the rest is dropped. */
const TELLINGS: RateLimit = { name: 'presses-told', points: 1, seconds: 60 };

export type Verdict =
  | { readonly kind: 'admitted'; readonly person: { readonly id: string; readonly name: string } }
  /** Delivered before and answered then: acknowledged and dropped. */
  | { readonly kind: 'duplicate' }
  /** One of too many of the same person, who has been told: acknowledged and dropped. */
  | { readonly kind: 'dropped' }
  | { readonly kind: 'refused'; readonly refusal: FlowRefusal };

/**
 * Stands before every listener. Who somebody is comes from the verified payload alone, and from Slack's own directory now; what cannot be
 * looked up is denied. What they may do is decided later, by the flow. Throws when the store cannot be reached: then nothing is done.
 */
export async function admit(deps: SlackDeps, inbound: Inbound): Promise<Verdict> {
  const settings = await settingsFor(deps, inbound);
  if (settings === undefined)
    return no(
      'settings_unreadable',
      'Cordon cannot read its settings, so it lets nobody in.',
      'An operator finds the reason with `doctor` on the host.',
    );
  const foreign = whyForeign(settings, inbound);
  if (foreign !== undefined) return { kind: 'refused', refusal: foreign };
  const stale = await whyStale(deps, inbound);
  if (stale !== undefined) return { kind: 'refused', refusal: stale };
  const fresh = await deps.store.tx((tx) => tx.replay.remember(inbound.dedupe, REMEMBER_SECONDS));
  if (!fresh) return { kind: 'duplicate' };
  const tooFast = await whyTooFast(deps, inbound);
  if (tooFast !== undefined) return tooFast;
  const person = await whoIs(deps, inbound.userId);
  if ('code' in person) return { kind: 'refused', refusal: person };
  if (isOpenToAll(inbound)) return { kind: 'admitted', person };
  return (await whyNoRole(deps, settings, person.id)) ?? { kind: 'admitted', person };
}

/** Lets in whom cordon.yaml names in any way. That may rest on what Slack's user groups were a minute ago; every decision looks again. */
async function whyNoRole(deps: SlackDeps, settings: Settings, personId: string): Promise<Verdict | undefined> {
  try {
    if ((await deps.api.rights(settings, personId)).named) return undefined;
  } catch (error) {
    deps.log.warn(
      { personId, err: messageOf(error) },
      'user groups could not be read; a person without another role is refused',
    );
    return no(
      'groups_not_confirmed',
      'Slack did not say just now who is in its user groups, and cordon.yaml names you by none of its own lists. So nothing was done.',
      'Try again in a moment.',
    );
  }
  return no(
    'no_role',
    'You have no role in this Cordon, so you can neither see nor press anything here.',
    'Roles are given in cordon.yaml; being in the channel grants nothing. `/cordon help` is open to all.',
  );
}

function no(code: string, message: string, hint: string): Verdict {
  return { kind: 'refused', refusal: { code, message, hint } };
}

/** By the person of the verified payload, before Slack or the settings are asked about them. */
async function whyTooFast(deps: SlackDeps, inbound: Inbound): Promise<Verdict | undefined> {
  if (isStop(inbound) || (await deps.presses.take(PRESSES, inbound.userId)).ok) return undefined;
  if (!(await deps.presses.take(TELLINGS, inbound.userId)).ok) return { kind: 'dropped' };
  return no(
    'too_fast',
    `Cordon takes ${PRESSES.points} presses and commands of one person a minute, and these are more. Nothing was done.`,
    'Wait a minute. `/cordon stop` works all the same.',
  );
}

function isStop(inbound: Inbound): boolean {
  return inbound.kind === 'command' && /^\s*stop\b/.test(inbound.text);
}

/** The settings as they are now; to stop, the last valid ones do: a file that is being edited must not keep anybody from stopping. */
async function settingsFor(deps: SlackDeps, inbound: Inbound): Promise<Settings | undefined> {
  try {
    return await (isStop(inbound) ? deps.lastGood.settings() : deps.settings.current());
  } catch (error) {
    deps.log.error({ err: messageOf(error) }, 'cordon.yaml cannot be read; interactions are refused');
    return undefined;
  }
}

/** The one organisation and app of this deployment; a Slack Connect guest carries another team of their own. */
function whyForeign(settings: Settings, inbound: Inbound): FlowRefusal | undefined {
  const { team, app } = settings.slack;
  if (inbound.enterpriseInstall)
    return {
      code: 'enterprise_install',
      message: 'This Cordon is installed for one workspace, not for an organisation of workspaces.',
      hint: 'Install the app in the workspace named in cordon.yaml.',
    };
  if (inbound.teamId !== team)
    return {
      code: 'other_team',
      message: 'This Cordon belongs to another Slack workspace.',
      hint: 'Its workspace is named as slack.team in cordon.yaml.',
    };
  if (inbound.userTeamId !== null && inbound.userTeamId !== team)
    return {
      code: 'other_organisation',
      message: 'Only members of this Slack workspace may use Cordon.',
      hint: 'People of other organisations see the channel but decide nothing.',
    };
  if (app !== undefined && inbound.appId !== app)
    return {
      code: 'other_app',
      message: 'This did not come through the Slack app that this Cordon knows.',
      hint: 'The app is named as slack.app in cordon.yaml.',
    };
  return undefined;
}

async function whyStale(deps: SlackDeps, inbound: Inbound): Promise<FlowRefusal | undefined> {
  if (inbound.at === null) return undefined;
  const now = Date.parse(await deps.store.read.now()) / 1000;
  if (Math.abs(now - inbound.at) <= FRESH_SECONDS) return undefined;
  return {
    code: 'not_fresh',
    message: 'This press is more than five minutes old, or comes from a clock that is wrong.',
    hint: 'Press again. If it stays, compare the host’s clock with the time.',
  };
}

type Person = { readonly id: string; readonly name: string };

async function whoIs(deps: SlackDeps, personId: string): Promise<Person | FlowRefusal> {
  try {
    const found = await deps.people.lookUp(personId);
    return found.ok
      ? { id: found.id, name: found.name }
      : {
          code: `person_${found.why.replace(/-/g, '_')}`,
          message: WHY_NOT[found.why],
          hint: 'Only full, active members of this Slack workspace may use Cordon.',
        };
  } catch (error) {
    deps.log.warn({ personId, err: messageOf(error) }, 'a person could not be looked up; they are refused');
    return {
      code: 'person_not_confirmed',
      message: 'Slack did not confirm who you are just now, so nothing was done.',
      hint: 'Try again in a moment.',
    };
  }
}

const WHY_NOT = {
  unknown: 'Slack does not know you as a member.',
  deactivated: 'Your Slack account is deactivated.',
  guest: 'Guests may not use Cordon.',
  bot: 'Bots may not use Cordon.',
  'other-organisation': 'You belong to another organisation.',
} as const;

function isOpenToAll(inbound: Inbound): boolean {
  return inbound.kind === 'command' && /^\s*(help\b|$)/.test(inbound.text);
}

/** What the audit row of a refusal is about: our own names only, since a forged payload may name anything. */
export function subjectOf(inbound: Inbound): string {
  const name =
    inbound.kind === 'button' ? inbound.actionId : inbound.kind === 'submission' ? inbound.callbackId : 'command';
  return `slack:${/^[a-z.-]{1,40}$/.test(name) ? name : 'unknown'}`;
}

/** Writes a refusal to the audit chain. The refusal stands even when that fails: refusing changes nothing. */
export async function recordRefusal(
  deps: SlackDeps,
  personId: string,
  subject: string,
  refusal: FlowRefusal,
  reference: string,
): Promise<void> {
  const id = /^[A-Z0-9]{1,40}$/.test(personId) ? personId : 'unreadable';
  try {
    await deps.store.tx((tx) =>
      tx.audit.append({
        event: 'access.refused',
        actor: { kind: 'slack', id },
        subject,
        details: { code: refusal.code, reference },
      }),
    );
  } catch (error) {
    deps.log.error(
      { reference, code: refusal.code, err: messageOf(error) },
      'a refusal could not be written to the audit chain',
    );
  }
}
