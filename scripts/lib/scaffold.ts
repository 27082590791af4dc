/** What `npm run new` writes: each kind of addition as the files a person then fills. Pure; nothing is written here. */
import { DATA_INSTANCE, instanceId } from '../../sandbox/aws/seed/names.ts';
import { SERVICES } from '../../src/domain/plan.ts';
import type { GeneratedFile } from './generated.ts';
import { draftAction, instanceAction, words } from './scaffold-action.ts';

export const KINDS = ['action', 'playbook', 'command'] as const;
export type Kind = (typeof KINDS)[number];

/** The files of a new thing. Throws with what is wrong with the id; `today` is an ISO date. */
export function scaffold(kind: Kind, id: string, today: string): readonly GeneratedFile[] {
  switch (kind) {
    case 'action':
      return actionFiles(id);
    case 'playbook':
      return playbookFiles(id, today);
    case 'command':
      return commandFiles(id);
  }
}

function actionFiles(id: string): readonly GeneratedFile[] {
  const [service, name] = twoParts(id, 'ec2.do-something');
  if (!SERVICES.some((known) => known === service)) {
    throw new Error(
      `There is no client for “${service}” yet; services are ${SERVICES.join(', ')} (src/domain/plan.ts, src/aws/client.ts).`,
    );
  }
  const made = service === 'ec2' ? instanceAction(id, name) : draftAction(id, service, name);
  return [
    { path: `src/actions/${service}/${name}.ts`, text: made.action },
    { path: `test/unit/actions/${service}/${name}.test.ts`, text: made.test },
    ...(made.contract === undefined
      ? []
      : [{ path: `test/integration/actions/${service}-${name}.test.ts`, text: made.contract }]),
  ];
}

function playbookFiles(id: string, today: string): readonly GeneratedFile[] {
  const [family, name] = twoParts(id, 's3.something');
  return [
    { path: `playbooks/${family}/${name}.yaml`, text: playbookText(id, today) },
    { path: `playbooks/${family}/${name}.tests/first.json`, text: fixtureText(id) },
  ];
}

function commandFiles(id: string): readonly GeneratedFile[] {
  if (!/^[a-z]+(-[a-z]+)*$/.test(id)) throw new Error(`“${id}” is not a name such as show or who-knows.`);
  return [
    { path: `src/cli/commands/${id}.ts`, text: commandText(id) },
    { path: `test/unit/cli/commands/${id}.test.ts`, text: commandTestText(id) },
  ];
}

function twoParts(id: string, example: string): readonly [string, string] {
  const [, first, second] = /^([a-z][a-z0-9]*(?:-[a-z0-9]+)*)\.([a-z][a-z0-9]*(?:-[a-z0-9]+)*)$/.exec(id) ?? [];
  if (first === undefined || second === undefined) throw new Error(`“${id}” is not an id such as ${example}.`);
  return [first, second];
}

function playbookText(id: string, today: string): string {
  return `schema: cordon/v1
id: ${id}
version: 0.1.0
status: draft
extends: _threat
title: ${words(id)}
summary: >-
  What has happened when this playbook is taken, in two sentences for somebody who was just woken up.
reviewed: ${today}
match:
  - source: guardduty
    types: ["${exampleType(id)}"]
entities: { require: [instance], optional: [ip] }
phases:
  detect:
    - id: look
      title: Look at what happened
      evidence: true
      guidance: >-
        Where to look, what a false positive looks like, and what the attacker would do next.
  contain:
    - id: snapshot
      title: Keep the disks
      evidence: true
      guidance: >-
        Why before anything else, and what it costs.
      action:
        use: ec2.snapshot-volumes
        params: { instanceId: { ref: entity.instance.id } }
        onMissing: skip
tests:
  match: [first.json]
  noMatch: []
`;
}

/** A type of GuardDuty's form that no real finding has, so that the draft ties with nothing. */
function exampleType(id: string): string {
  return `Draft:EC2/${words(id).replaceAll(' ', '')}`;
}

/** About an instance that the simulated organisation has, so that the step can be tried there. */
function fixtureText(id: string): string {
  const { account, name } = DATA_INSTANCE;
  const key = '0a1b2c3d4e5f60718293a4b5c6d7e8f9';
  const finding = {
    SchemaVersion: '2.0',
    AccountId: account,
    Region: 'eu-west-1',
    Partition: 'aws',
    Id: key,
    Arn: `arn:aws:guardduty:eu-west-1:${account}:detector/1a2b3c4d5e6f708192a3b4c5d6e7f809/finding/${key}`,
    Type: exampleType(id),
    Resource: { ResourceType: 'Instance', InstanceDetails: { InstanceId: instanceId(account, name), Tags: [] } },
    Service: { ServiceName: 'guardduty', DetectorId: '1a2b3c4d5e6f708192a3b4c5d6e7f809', Archived: false, Count: 1 },
    Severity: 5,
    Title: 'Made up for this fixture.',
    Description: 'Made up for this fixture.',
    CreatedAt: '2026-01-01T00:00:00.000Z',
    UpdatedAt: '2026-01-01T00:00:00.000Z',
  };
  return `${JSON.stringify(finding, null, 2)}\n`;
}

function commandText(name: string): string {
  return `import { type CliContext, type Command, EXIT } from '../command.ts';
import { printJson } from '../print.ts';

/** What it is for, in one sentence. */
const command: Command = {
  name: '${name}',
  usage: [],
  summary: 'Show the time of the database.',
  needs: 'product',
  async run(context: CliContext) {
    const now = await context.deps.store.read.now();
    if (context.json) printJson(context, { now });
    else context.out(now);
    return EXIT.ok;
  },
};

export default command;
`;
}

function commandTestText(name: string): string {
  return `import { expect, test } from 'vitest';
import command from '../../../../src/cli/commands/${name}.ts';

test('is called by its file name', () => {
  expect(command.name).toBe('${name}');
});
`;
}
