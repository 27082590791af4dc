import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { CordonError } from '../domain/errors.ts';
import { Answer, type Question, socketPath } from './socket.ts';

/** How long a running product may take to begin to answer; `stop` then falls back to its file. */
const CONNECT_MILLISECONDS = 2_000;

/**
 * Puts a question to the product that runs on `dataDir` and passes its lines on; gives the exit code.
 * Undefined when nobody listens there. Throws CordonError `answer_lost` when it stops answering half-way, or has not ended within the patience given.
 */
export async function askProduct(
  dataDir: string,
  question: Question,
  print: { out(line: string): void; err(line: string): void },
  patienceMilliseconds?: number,
): Promise<number | undefined> {
  const socket = await reach(socketPath(dataDir));
  if (socket === undefined) return undefined;
  // A connection that breaks or is given up ends the lines, and that is told below.
  const lines = createInterface({ input: socket });
  socket.on('error', () => socket.destroy());
  socket.once('close', () => lines.close());
  const timer =
    patienceMilliseconds === undefined ? undefined : setTimeout(() => socket.destroy(), patienceMilliseconds);
  socket.write(`${JSON.stringify(question)}\n`);
  try {
    for await (const line of lines) {
      const answer = Answer.parse(JSON.parse(line));
      if ('exit' in answer) return answer.exit;
      if ('out' in answer) print.out(answer.out);
      else print.err(answer.err);
    }
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
  throw new CordonError('answer_lost', 'The running Cordon stopped answering half-way', {
    hint: 'It may have been stopped; look at status, then ask again.',
  });
}

async function reach(path: string): Promise<Socket | undefined> {
  const socket = connect(path);
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(CONNECT_MILLISECONDS) });
    return socket;
  } catch {
    // No socket, or nobody behind it: the caller opens the store itself or says that nothing runs.
    socket.destroy();
    return undefined;
  }
}
