import type { SeededFault } from '../fault.ts';

export default {
  id: 'approver-by-name',
  title: 'Approver looked up by name',
  harm: 'Anybody in the workspace who gives themselves the name of an approver can approve.',
  edits: [
    {
      file: 'src/flow/approve.ts',
      before: `    if (!mayFill(requirement, actor.id))
      return no(`,
      after: `    if (!mayFill(requirement, await idByName(deps, requirement, actor.id)))
      return no(`,
    },
    {
      file: 'src/flow/approve.ts',
      before: 'function whoMay(',
      after: `async function idByName(deps: Deps, requirement: Requirement, personId: string): Promise<string> {
  const entitled = requirement.slots.flatMap((slot) => slot.from);
  const names = await deps.people.names([...entitled, personId]);
  return entitled.find((one) => names.has(one) && names.get(one) === names.get(personId)) ?? personId;
}

function whoMay(`,
    },
  ],
  caughtBy: {
    file: 'test/integration/flow/decisions.test.ts',
    test: 'a vote > of somebody who has taken an approver’s name is refused',
    assertion: "expect(namesake).toMatchObject({ ok: false, refusal: { code: 'not_entitled' } })",
  },
} satisfies SeededFault;
