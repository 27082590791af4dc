#!/usr/bin/env node
/** The command line: `npm run -s cordon -- COMMAND`. Reaches a running product over its socket, else opens the store itself. */
import { userInfo } from 'node:os';
import { resolve } from 'node:path';
import { configProblemsText, type Environment, processEnvironment, readConfig, readPaths } from '../config.ts';
import { messageOf } from '../domain/errors.ts';
import { askProduct } from './ask.ts';
import { surviveClosedOutput } from './closed-output.ts';
import { type CliBase, EXIT, UsageError } from './command.ts';
import { COMMANDS } from './commands/index.generated.ts';
import { execute } from './execute.ts';
import { type Call, parseCall } from './parse.ts';
import { printError } from './print.ts';
import { leaveStopFile } from './stop-file.ts';

const user = userInfo().username;

/** A product too busy to answer `stop` within this time is stopped by the file. */
const STOP_PATIENCE_MILLISECONDS = 5_000;

async function main(argv: readonly string[]): Promise<number> {
  const call = parseCall(argv, COMMANDS);
  const environment = withDataDir(processEnvironment(), call.dataDir);
  const base = baseOf(call, environment);
  if (call.command.needs === 'nothing') return execute(call.command, base, neverNeeded);
  const code = await runOnProduct(argv, call, base, environment);
  return call.command.name === 'stop' && code !== EXIT.ok && code !== EXIT.usage ? stopByFile(base) : code;
}

/** In the running product when there is one, else here on a store of our own. */
async function runOnProduct(
  argv: readonly string[],
  call: Call,
  base: CliBase,
  environment: Environment,
): Promise<number> {
  try {
    const question = { version: 1 as const, argv: [...argv], user, cwd: base.cwd, color: base.color };
    const patience = call.command.name === 'stop' ? STOP_PATIENCE_MILLISECONDS : undefined;
    const code = await askProduct(base.paths.dataDir, question, base, patience);
    return code ?? (await runHere(call, base, environment));
  } catch (error) {
    printError(base, error);
    return EXIT.unavailable;
  }
}

async function runHere(call: Call, base: CliBase, environment: Environment): Promise<number> {
  const result = readConfig(environment);
  if (result.kind === 'sandbox') {
    base.err(`No Cordon is running on ${base.paths.dataDir}, and none is configured.`);
    base.err('  Start one with npm start, and give its data directory: --data-dir DIR (npm start prints it).');
    return EXIT.unavailable;
  }
  if (result.kind === 'invalid') {
    base.err(`No Cordon is running on ${base.paths.dataDir}, and this environment cannot open its store.`);
    base.err(configProblemsText(result.problems));
    return EXIT.config;
  }
  const { wire } = await import('../wire.ts');
  const { config } = result;
  const wired = await wire(config);
  try {
    const actor = { kind: 'cli', id: user } as const;
    return await execute(call.command, base, async () => ({ deps: wired.deps, config, tools: wired.tools, actor }));
  } finally {
    await wired.close();
  }
}

/** Whatever is broken, a stop must work: the product looks for this file before every claim and step. */
async function stopByFile(base: CliBase): Promise<number> {
  const path = await leaveStopFile(base.paths.dataDir, user, base.args.join(' '));
  base.out(`STOPPED by the file ${path}: a Cordon on this data directory makes no change while it is there.`);
  base.out('To go on, remove it and resume.');
  return EXIT.ok;
}

function baseOf(call: Call, environment: Environment): CliBase {
  return {
    args: call.args,
    flags: call.flags,
    json: call.json,
    color: process.stdout.isTTY === true && !environment['NO_COLOR'],
    cwd: process.cwd(),
    paths: readPaths(environment),
    commands: COMMANDS,
    out: (line) => void process.stdout.write(`${line}\n`),
    err: (line) => void process.stderr.write(`${line}\n`),
  };
}

function withDataDir(environment: Environment, dataDir: string | undefined): Environment {
  return dataDir === undefined ? environment : { ...environment, CORDON_DATA_DIR: resolve(dataDir) };
}

function neverNeeded(): Promise<never> {
  return Promise.reject(new Error('a command that needs nothing asked for the product'));
}

surviveClosedOutput(process.stdout, process.stderr);
main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`${messageOf(error)}\n`);
    process.exitCode = error instanceof UsageError ? EXIT.usage : EXIT.failed;
  },
);
