import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { ACTIONS } from '../../actions/registry.generated.ts';
import { registryOf } from '../../actions/registry.ts';
import { renderTemplates } from '../../aws/templates.ts';
import { type CliBase, type Command, EXIT, UsageError } from '../command.ts';
import { printJson } from '../print.ts';

/** The CloudFormation templates that give Cordon exactly what its actions need. */
const command: Command = {
  name: 'iam',
  usage: ['render [--dir DIR]'],
  summary: 'Print the CloudFormation of the member and hub roles, or write it to a directory.',
  options: { dir: { type: 'string' } },
  needs: 'nothing',
  async run(context: CliBase) {
    if (context.args.length !== 1 || context.args[0] !== 'render') throw new UsageError('Say render.');
    const templates = renderTemplates(registryOf(ACTIONS));
    const dir = context.flags['dir'];
    if (typeof dir !== 'string') {
      printJson(context, templates);
      return EXIT.ok;
    }
    const folder = resolve(context.cwd, dir);
    await mkdir(folder, { recursive: true });
    for (const [name, template] of [
      ['member-role.json', templates.memberRole],
      ['hub.json', templates.hub],
    ] as const) {
      await writeFile(join(folder, name), `${JSON.stringify(template, null, 2)}\n`);
      context.out(`wrote ${join(folder, name)}`);
    }
    context.out(
      'Deploy hub.json once to the security account, then member-role.json to every member account with its ExternalId (accounts).',
    );
    return EXIT.ok;
  },
};

export default command;
