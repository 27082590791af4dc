import { type CliContext, type CliTools, type Command, EXIT } from '../../../src/cli/command.ts';
import { COMMANDS } from '../../../src/cli/commands/index.generated.ts';
import { execute } from '../../../src/cli/execute.ts';
import { parseCall } from '../../../src/cli/parse.ts';
import type { Config } from '../../../src/config.ts';
import type { Deps } from '../../../src/ports.ts';
import { Secret } from '../../../src/secret.ts';

/** What a call printed and how it ended. */
export interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** A configuration of nothing in particular; commands only show paths of it. */
export function testConfig(dataDir: string): Config {
  return {
    store: { kind: 'embedded' },
    redisUrl: null,
    dataDir,
    settingsPath: `${dataDir}/cordon.yaml`,
    queueUrl: 'http://127.0.0.1:1/222222222222/q',
    slack: {
      botToken: new Secret('xoxb'),
      transport: { kind: 'socket', appToken: new Secret('xapp') },
      apiUrl: null,
    },
    secret: null,
    backfillSeconds: 86_400,
    workers: 'all',
    http: { host: '127.0.0.1', port: 0 },
    logLevel: 'info',
    awsRegion: null,
  };
}

/** Probes that are well unless overridden. */
export function testTools(probes: Partial<CliTools['probes']> = {}): CliTools {
  const well = async (): Promise<string> => 'well';
  return {
    externalId: (account) => `external-id-of-${account.id}`,
    lookAtOrganization: async () => undefined,
    probes: { findingsQueue: well, jobs: well, slack: well, usergroups: well, findingsRole: well, ...probes },
  };
}

/** Calls commands as the command line does, in this process. */
export function caller(deps: Deps, tools: CliTools = testTools(), user = 'rina') {
  return async (...argv: string[]): Promise<Said> => {
    const call = parseCall(argv, COMMANDS);
    const out: string[] = [];
    const err: string[] = [];
    const config = testConfig('/data');
    const base = {
      args: call.args,
      flags: call.flags,
      json: call.json,
      color: false,
      cwd: process.cwd(),
      paths: config,
      commands: COMMANDS as readonly Command[],
      out: (line: string) => void out.push(line),
      err: (line: string) => void err.push(line),
    };
    const parts = async (): Promise<Pick<CliContext, 'deps' | 'config' | 'tools' | 'actor'>> => ({
      deps,
      config,
      tools,
      actor: { kind: 'cli', id: user },
    });
    return { code: await execute(call.command, base, parts), out: out.join('\n'), err: err.join('\n') };
  };
}

export { EXIT };
