import type { Actor } from '../domain/audit.ts';
import type { Settings } from '../domain/settings.ts';

export interface Rights {
  readonly responder: boolean;
  readonly approver: boolean;
  readonly operator: boolean;
  /** Account ids whose owner the person is. */
  readonly ownerOf: readonly string[];
}

/** What a person may do by cordon.yaml. Being in a channel grants nothing; an empty list means nobody. */
export function rights(settings: Settings, personId: string): Rights {
  return {
    responder: settings.people.responders.includes(personId),
    approver: settings.people.approvers.includes(personId),
    operator: settings.people.operators.includes(personId),
    ownerOf: settings.accounts.filter((account) => account.owners.includes(personId)).map((account) => account.id),
  };
}

/** Anyone named in any role may stop Cordon; whoever can open its socket on the host may too. */
export function maySwitch(settings: Settings, actor: Actor): boolean {
  if (actor.kind !== 'slack') return true;
  const has = rights(settings, actor.id);
  return has.responder || has.approver || has.operator || has.ownerOf.length > 0;
}

/** Working an incident (acknowledge, resolve, ask for plans) is for responders; whoever can open the socket on the host counts as one. */
export function mayRespond(settings: Settings, actor: Actor): boolean {
  return actor.kind !== 'slack' || rights(settings, actor.id).responder;
}
