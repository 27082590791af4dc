import { ACTIONS } from '../../src/actions/registry.generated.ts';
import { registryOf } from '../../src/actions/registry.ts';
import { renderTemplates } from '../../src/aws/templates.ts';

/** The CloudFormation templates that are deployed, from what the registered actions declare. Paths are relative to the project's root. */
export function generateInfra(): Array<{ path: string; text: string }> {
  const { memberRole, hub } = renderTemplates(registryOf(ACTIONS));
  return [
    { path: 'infra/member-role.json', text: `${JSON.stringify(memberRole, null, 2)}\n` },
    { path: 'infra/hub.json', text: `${JSON.stringify(hub, null, 2)}\n` },
  ];
}
