/** `npm start`: the sandbox when nothing is configured, else the product. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Config, configProblemsText, EXIT_CONFIG, processEnvironment, readConfig } from './config.ts';
import { CordonError, messageOf } from './domain/errors.ts';
import { liveUntilAsked } from './lifetime.ts';
import { openLog } from './log.ts';
import { startProduct } from './product.ts';
import { wire } from './wire.ts';

/** Codes of what only somebody who changes the configuration can mend. */
const CONFIGURATION = ['settings_invalid', 'playbooks_invalid', 'slack_token_refused'];

async function main(): Promise<void> {
  const read = readConfig(processEnvironment());
  if (read.kind === 'sandbox') return runSandbox(process.argv.slice(2));
  if (read.kind === 'invalid') {
    process.stderr.write(configProblemsText(read.problems));
    process.exitCode = EXIT_CONFIG;
    return;
  }
  await runProduct(read.config);
}

/** The launcher is a program of its own: the product never loads a line of the simulators. */
function runSandbox(args: readonly string[]): void {
  const own = fileURLToPath(import.meta.url);
  const launcher = join(own, '..', '..', 'sandbox', `launch${extname(own)}`);
  if (!existsSync(launcher)) {
    process.stderr.write(
      'Nothing is configured, and this installation holds no sandbox. Configure it: README.md, “Configuration”.\n',
    );
    process.exitCode = EXIT_CONFIG;
    return;
  }
  const child = spawn(process.execPath, [...process.execArgv, launcher, ...args], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void child.kill(signal));
  child.once('exit', (code) => process.exit(code ?? 1));
}

async function runProduct(config: Config): Promise<void> {
  const log = openLog(config.logLevel);
  await liveUntilAsked(log, async (giveUp) => {
    const wired = await wire(config, {
      log,
      onLost: (error) => {
        log.error({ code: error.code, hint: error.hint }, error.message);
        giveUp();
      },
    });
    try {
      return await startProduct(wired, log, giveUp);
    } catch (error) {
      await wired.close();
      throw error;
    }
  });
}

main().catch((error: unknown) => {
  const hint = error instanceof CordonError ? `\n  ${error.hint}` : '';
  process.stderr.write(`Cordon cannot start: ${messageOf(error)}${hint}\n`);
  const configured = error instanceof CordonError && CONFIGURATION.includes(error.code);
  process.exit(configured ? EXIT_CONFIG : 1);
});
