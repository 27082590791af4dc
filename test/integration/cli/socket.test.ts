import { once } from 'node:events';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import { askProduct } from '../../../src/cli/ask.ts';
import { type Command, EXIT } from '../../../src/cli/command.ts';
import { serveCommands } from '../../../src/cli/serve.ts';
import { type Question, socketPath } from '../../../src/cli/socket.ts';
import { flowWorld } from '../../support/flow-world.ts';
import { memoryStore, type TestStore } from '../../support/memory-store.ts';
import { testConfig, testTools } from './caller.ts';

/** Says who asked, from where and how. */
const echo: Command = {
  name: 'echo',
  usage: ['WORD…'],
  summary: 'Says it again.',
  needs: 'product',
  async run({ args, actor, cwd, color, out, err }) {
    out(`${actor.kind}:${actor.id} ${cwd} ${color} ${args.join(' ')}`);
    err('second');
    return 7;
  },
};
/** Never ends, as a product would that is too busy to answer. */
const hang: Command = {
  name: 'hang',
  usage: [],
  summary: 'Hangs.',
  needs: 'product',
  run: () => new Promise(() => {}),
};
const fail: Command = {
  name: 'fail',
  usage: [],
  summary: 'Fails.',
  needs: 'product',
  run: () => Promise.reject(new Error('it broke')),
};

let store: TestStore;
let dataDir: string;
let server: { close(): Promise<void> } | undefined;

beforeEach(async () => {
  store = await memoryStore();
  dataDir = await mkdtemp(join(tmpdir(), 'cordon-socket-'));
});
afterEach(async () => {
  await server?.close();
  server = undefined;
  await rm(dataDir, { recursive: true, force: true });
});
afterAll(() => store.close());

async function serve(): Promise<void> {
  const { deps } = flowWorld(store);
  server = await serveCommands({
    deps,
    config: testConfig(dataDir),
    tools: testTools(),
    commands: [echo, hang, fail],
  });
}

async function ask(argv: readonly string[], patience?: number) {
  const out: string[] = [];
  const err: string[] = [];
  const question: Question = { version: 1, argv: [...argv], user: 'rina', cwd: '/here', color: false };
  const print = { out: (line: string) => void out.push(line), err: (line: string) => void err.push(line) };
  return { code: await askProduct(dataDir, question, print, patience), out, err };
}

test('a question reaches the product with who, where and how, and its lines and exit code come back', async () => {
  await serve();
  expect(await ask(['echo', 'a', 'b'])).toEqual({ code: 7, out: ['cli:rina /here false a b'], err: ['second'] });
});

test('many at once do not mix', async () => {
  await serve();
  const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => ask(['echo', String(index)])));
  expect(answers.map(({ out }) => out)).toEqual(answers.map((_, index) => [`cli:rina /here false ${index}`]));
});

test('only the product’s own user can open the socket', async () => {
  await serve();
  expect((await stat(socketPath(dataDir))).mode & 0o777).toBe(0o600);
});

test('a command that fails or does not exist is told, and the product goes on', async () => {
  await serve();
  expect(await ask(['fail'])).toMatchObject({ code: EXIT.failed, err: ['Failed: it broke'] });
  expect(await ask(['ecko'])).toMatchObject({ code: EXIT.usage, err: [expect.stringContaining('Did you mean echo')] });
  expect((await ask(['echo'])).code).toBe(7);
});

test('nobody there is no error, nor is a file left by a dead process', async () => {
  expect((await ask(['echo'])).code).toBeUndefined();
  await writeFile(socketPath(dataDir), '');
  expect((await ask(['echo'])).code).toBeUndefined();
  await serve();
  expect((await ask(['echo'])).code).toBe(7);
});

test('a second product on the same directory is refused while the first answers', async () => {
  await serve();
  const { deps } = flowWorld(store);
  const second = serveCommands({ deps, config: testConfig(dataDir), tools: testTools(), commands: [echo] });
  await expect(second).rejects.toMatchObject({ code: 'socket_in_use' });
  expect((await ask(['echo'])).code).toBe(7);
});

test('an answer that does not come within the patience given is lost, not awaited for ever', async () => {
  await serve();
  await expect(ask(['hang'], 200)).rejects.toMatchObject({ code: 'answer_lost' });
});

test('closing ends those who wait', async () => {
  await serve();
  const waiting = ask(['hang']);
  await expect.poll(() => server).toBeDefined();
  const lost = expect(waiting).rejects.toMatchObject({ code: 'answer_lost' });
  await expect.poll(async () => (await ask(['echo'])).code).toBe(7);
  await server?.close();
  server = undefined;
  await lost;
});

test('what is no question is answered as another version', async () => {
  await serve();
  const socket = connect(socketPath(dataDir));
  socket.write('GET / HTTP/1.1\n');
  const [data] = await once(socket, 'data');
  expect(String(data)).toContain('another version');
  socket.destroy();
});

/** A caller that has connected and not asked; `said` is what it was told until its end. */
async function idle(): Promise<{ readonly socket: Socket; readonly said: Promise<string> }> {
  const socket = connect(socketPath(dataDir));
  await once(socket, 'connect');
  const parts: string[] = [];
  socket.setEncoding('utf8').on('data', (text: string) => parts.push(text));
  socket.on('error', () => undefined);
  return { socket, said: once(socket, 'close').then(() => parts.join('')) };
}

test('the 33rd caller at a time is told to come again, and is let in when another has gone', async () => {
  await serve();
  const callers = [];
  for (let caller = 0; caller < 32; caller += 1) callers.push(await idle());
  expect(await (await idle()).said).toContain('answers 32 callers at a time');
  callers[0]?.socket.destroy();
  await callers[0]?.said;
  const again = await idle();
  again.socket.write(`${JSON.stringify({ version: 1, argv: ['echo', 'here'], user: 'u', cwd: '/', color: false })}\n`);
  expect(await again.said).toContain('here');
  for (const { socket } of callers) socket.destroy();
});

test('a question that never ends is cut off at a megabyte', async () => {
  await serve();
  const { socket, said } = await idle();
  socket.write('x'.repeat(1_100_000));
  expect(await said).toContain('at most 1048576 bytes');
});
