import { once } from 'node:events';
import { createServer } from 'node:net';

/** `wanted` when it is free on loopback, else any free port. */
export async function freePort(wanted: number): Promise<number> {
  const server = createServer();
  try {
    server.listen(wanted, '127.0.0.1');
    await once(server, 'listening');
  } catch (error) {
    if (wanted === 0) throw error;
    return freePort(0);
  }
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('the system gave no port');
  return address.port;
}

/** Asks until the answer is 200; throws after `milliseconds`. `stillThere` ends the wait early when there is nobody left to answer. */
export async function waitFor200(url: string, milliseconds: number, stillThere: () => boolean): Promise<void> {
  const deadline = performance.now() + milliseconds;
  for (;;) {
    if (await answers200(url)) return;
    if (!stillThere()) throw new Error(`nothing answers at ${url}: the process has ended`);
    if (performance.now() > deadline) throw new Error(`${url} did not answer 200 within ${milliseconds} ms`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function answers200(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    await response.arrayBuffer();
    return response.status === 200;
  } catch {
    // Not listening yet: asked again until the deadline, which is the caller's error.
    return false;
  }
}
