/** What `npm run new` writes: each kind of addition as the files a person then fills. Pure; nothing is written here. */
import { SERVICES } from '../../src/domain/plan.ts';
import type { GeneratedFile } from './generated.ts';

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
  return [
    { path: `src/actions/${service}/${name}.ts`, text: actionText(id, service) },
    { path: `test/unit/actions/${service}/${name}.test.ts`, text: actionTestText(id, service, name) },
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

/** `do-something` -> `Do something`. */
function words(id: string): string {
  const text = id.slice(id.indexOf('.') + 1).replaceAll('-', ' ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function actionText(id: string, service: string): string {
  return `import { z } from 'zod';
import { defineAction } from '../action.ts';
import { refuse } from '../refusal.ts';

/** Typed identifiers only; the live read of \`plan\` confirms them. */
const Params = z.strictObject({ resource: z.string().regex(/^[A-Za-z0-9._-]{1,128}$/) });

export default defineAction({
  id: '${id}',
  version: 1,
  title: '${words(id)}',
  risk: 'disruptive',
  undoReexposes: false,
  services: ['${service}'],
  docs: 'What it changes, what it leaves alone, and how it is undone.',
  // One entry for each command that plan, preconditions, applied and verify read with.
  reads: [],
  // One entry for each command that the steps and the rollback write with.
  writes: [],
  params: Params,

  // Reads the live state and describes the steps; sends nothing. Refuses until it does.
  async plan(_context, { resource }) {
    return refuse('policy', \`It does not plan anything for \${resource} yet.\`, 'Write its plan in src/actions.');
  },

  // Plans the way back to \`plan.before\`; refuses as drifted when the state is not what the run left.
  async rollback() {
    return refuse('irreversible', 'It has no way back yet.', 'Write its rollback in src/actions.');
  },
});
`;
}

function actionTestText(id: string, service: string, name: string): string {
  return `import { describe, expect, it } from 'vitest';
import action from '../../../../src/actions/${service}/${name}.ts';
import { cannedContext } from '../../../support/contract/canned-context.ts';

describe('${id}', () => {
  it('plans steps for a resource as it is', async () => {
    // Give the canned answers of the reads by operation name; this fails until the action plans.
    const draft = await action.plan(cannedContext({}), { resource: 'example' });
    expect(draft).toHaveProperty('steps');
  });
});
`;
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
entities: { require: [], optional: [instance] }
phases:
  detect:
    - id: look
      title: Look at what happened
      evidence: true
      guidance: >-
        Where to look, what a false positive looks like, and what the attacker would do next.
tests:
  match: [first.json]
  noMatch: []
`;
}

/** A type of GuardDuty's form that no real finding has, so that the draft ties with nothing. */
function exampleType(id: string): string {
  return `Draft:EC2/${words(id).replaceAll(' ', '')}`;
}

function fixtureText(id: string): string {
  const key = '0a1b2c3d4e5f60718293a4b5c6d7e8f9';
  const finding = {
    SchemaVersion: '2.0',
    AccountId: '333333333331',
    Region: 'eu-west-1',
    Partition: 'aws',
    Id: key,
    Arn: `arn:aws:guardduty:eu-west-1:333333333331:detector/1a2b3c4d5e6f708192a3b4c5d6e7f809/finding/${key}`,
    Type: exampleType(id),
    Resource: { ResourceType: 'Instance', InstanceDetails: { InstanceId: 'i-0a1b2c3d4e5f60718', Tags: [] } },
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
