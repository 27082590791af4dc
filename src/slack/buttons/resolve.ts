import { accountOf } from '../load.ts';
import { resolveModal } from '../modals/resolve.ts';
import { type Button, readValue } from './contract.ts';
import { gone } from './gone.ts';

/** Opens the form in which the resolution is chosen. */
export default {
  actionId: 'cordon.resolve',
  async press(visitor, press) {
    const { id } = readValue(press);
    const { deps } = visitor;
    const incident = await deps.store.read.incidents.get(id);
    if (incident === undefined) return visitor.refuse(gone('such incident'));
    if (incident.state === 'resolved') {
      return visitor.refuse({
        code: 'already_resolved',
        message: `${incident.id} is resolved already.`,
        hint: 'A recurrence reopens it.',
      });
    }
    const settings = await deps.settings.current();
    if (!(await deps.api.rights(settings, visitor.person.id)).responder) {
      const refusal = {
        code: 'not_a_responder',
        message: 'Only a responder may resolve an incident.',
        hint: 'Responders are listed under people.responders in cordon.yaml.',
      };
      return visitor.turnAway(refusal, `incident:${incident.id}`);
    }
    await visitor.open(resolveModal(incident, accountOf(settings, incident.accountId)));
  },
} satisfies Button as Button;
