import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { bareEnvironment } from '../../../sandbox/launcher/environment.ts';

const PROGRAM = fileURLToPath(new URL('../../../dist/workers/run.js', import.meta.url));
const CONFIGURED = {
  SLACK_BOT_TOKEN: 'xoxb-1',
  SLACK_APP_TOKEN: 'xapp-1',
  CORDON_QUEUE_URL: 'https://sqs.eu-west-1.amazonaws.com/222222222222/cordon-findings',
};

function run(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const env = { ...bareEnvironment(process.env), ...environment };
  const { status, stderr } = spawnSync(process.execPath, [PROGRAM, ...args], {
    env,
    encoding: 'utf8',
    timeout: 30_000,
  });
  return { status, stderr };
}

describe('a worker as a process of its own is refused', () => {
  it.each([[[]], [['triage', 'coffee']]])('when called with %j, naming the workers there are', (args) => {
    expect(run(args, CONFIGURED)).toEqual({
      status: 2,
      stderr: expect.stringContaining('ingest, triage, notify, propose, remediate, sweep'),
    });
  });

  it.each([
    ['nothing is configured', {}],
    ['the store is the embedded one', CONFIGURED],
  ])('when %s, with the reason', (_, environment) => {
    expect(run(['triage'], environment)).toEqual({ status: 78, stderr: expect.stringContaining('set DATABASE_URL') });
  });

  it('when a variable is missing, naming it', () => {
    expect(run(['triage'], { ...CONFIGURED, DATABASE_URL: 'postgres://cordon@127.0.0.1/cordon' })).toEqual({
      status: 78,
      stderr: expect.stringContaining('CORDON_SECRET'),
    });
  });
});
