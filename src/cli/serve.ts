/**
 * The socket in the data directory through which the command line reaches the running product, so that there is one process on the store.
 * Mode 0600: who can open it is the product's own operating-system user (or root).
 */
import { once } from 'node:events';
import { chmod, mkdir, rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { CordonError, messageOf } from '../domain/errors.ts';
import type { Deps } from '../ports.ts';
import { type CliContext, type CliTools, type Command, EXIT, UsageError } from './command.ts';
import { execute } from './execute.ts';
import { parseCall } from './parse.ts';
import { type Answer, type Question, readQuestion, socketPath } from './socket.ts';

export interface ServeOptions {
  readonly deps: Deps;
  readonly config: CliContext['config'];
  readonly tools: CliTools;
  readonly commands: readonly Command[];
}

/** Callers at once, and the size of one question: the socket is for people and their scripts. `stop` has its file when it is not let in. */
const MAX_CALLERS = 32;
const MAX_QUESTION_BYTES = 1_048_576;

/** Longest a caller may take to ask. */
const ASK_MILLISECONDS = 5_000;

/** Opens the socket. Throws CordonError `socket_in_use` when another process answers there; a dead one's file is replaced. */
export async function serveCommands(options: ServeOptions): Promise<{ close(): Promise<void> }> {
  const path = socketPath(options.config.dataDir);
  await mkdir(options.config.dataDir, { recursive: true, mode: 0o700 });
  if (await somebodyAnswers(path)) {
    throw new CordonError('socket_in_use', `Another Cordon answers on ${path}`, {
      hint: 'Stop it, or give this one a CORDON_DATA_DIR of its own.',
    });
  }
  await rm(path, { force: true });
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    if (open.size > MAX_CALLERS)
      turnAway(socket, `The running Cordon answers ${MAX_CALLERS} callers at a time. Ask again in a moment.`);
    else serve(socket, options);
  });
  server.listen(path);
  await once(server, 'listening');
  await chmod(path, 0o600);
  return {
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}

function turnAway(socket: Socket, why: string): void {
  // Whoever was turned away may have gone already.
  socket.on('error', () => socket.destroy());
  socket.end(`${JSON.stringify({ err: why })}\n${JSON.stringify({ exit: EXIT.unavailable })}\n`);
}

function serve(socket: Socket, options: ServeOptions): void {
  const { log } = options.deps;
  let bytes = 0;
  const measure = (chunk: Buffer): void => {
    bytes += chunk.length;
    if (bytes <= MAX_QUESTION_BYTES) return;
    socket.off('data', measure);
    lines.close();
    turnAway(socket, `A question has at most ${MAX_QUESTION_BYTES} bytes.`);
  };
  socket.on('data', measure);
  // A caller that goes away while it is being answered is its own affair; the command still runs to its end.
  socket.on('error', (error) => log.debug({ error: messageOf(error) }, 'a command-line caller went away'));
  socket.setTimeout(ASK_MILLISECONDS, () => socket.destroy());
  const lines = createInterface({ input: socket });
  lines.once('line', (line) => {
    socket.setTimeout(0);
    answer(socket, line, options).catch((error: unknown) => {
      log.error({ error: messageOf(error) }, 'a command from the command line failed unexpectedly');
      socket.destroy();
    });
  });
}

async function answer(socket: Socket, line: string, options: ServeOptions): Promise<void> {
  const say = (words: Answer): void => {
    if (socket.writable) socket.write(`${JSON.stringify(words)}\n`);
  };
  const question = readQuestion(line);
  if (question === undefined) {
    say({
      err: 'The running Cordon does not understand this question: it is another version. Use its own command line.',
    });
    say({ exit: EXIT.unavailable });
  } else {
    say({ exit: await run(question, options, say) });
  }
  socket.end();
}

async function run(question: Question, options: ServeOptions, say: (words: Answer) => void): Promise<number> {
  const { deps, config, tools, commands } = options;
  try {
    const call = parseCall(question.argv, commands);
    const base = {
      args: call.args,
      flags: call.flags,
      json: call.json,
      color: question.color,
      cwd: question.cwd,
      paths: config,
      commands,
      out: (text: string) => say({ out: text }),
      err: (text: string) => say({ err: text }),
    };
    const actor = { kind: 'cli', id: question.user } as const;
    return await execute(call.command, base, async () => ({ deps, config, tools, actor }));
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    say({ err: error.message });
    return EXIT.usage;
  }
}

async function somebodyAnswers(path: string): Promise<boolean> {
  const socket = connect(path);
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    // No file, or nobody behind it any more.
    return false;
  } finally {
    socket.destroy();
  }
}
