import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { projectRoot } from '../../../src/project-root.ts';

const root = projectRoot(import.meta.url);
const preload = (name: string): readonly string[] => [
  '--import',
  'tsx',
  '--import',
  join(root, 'sandbox/launcher', `${name}.ts`),
];

async function output(args: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  const chunks: string[] = [];
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => chunks.push(chunk));
  await once(child, 'close');
  return chunks.join('');
}

/** Tries node:net, fetch and https, and prints what each came to. */
function probe(localPort: number): string {
  return `
    const net = await import('node:net');
    const https = await import('node:https');
    const tcp = (o) => new Promise((r) => net.connect(o).once('connect', function () { this.destroy(); r('connected'); }).once('error', (e) => r(e.message)));
    const out = [await tcp({ port: ${localPort}, host: '127.0.0.1' }), await tcp({ port: 80, host: '192.0.2.1' })];
    out.push(await fetch('http://192.0.2.1/').then(() => 'connected', (e) => String(e.cause?.message ?? e)));
    out.push(await new Promise((r) => https.get('https://192.0.2.1/').once('error', (e) => r(e.message))));
    console.log(JSON.stringify(out));
  `;
}

test('with loopback-only no way of connecting leads outside', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const text = await output([...preload('loopback-only'), '--input-type=module', '-e', probe(port)]);
  server.close();
  const refused = 'the sandbox connects to this machine only';
  expect(JSON.parse(text)).toEqual(['connected', refused, refused, refused]);
});

test('with die-with-launcher a process ends when its starter is killed', async () => {
  const starter = `
    const { spawn } = require('node:child_process');
    const child = spawn(process.execPath, ${JSON.stringify([...preload('die-with-launcher'), '-e', 'setInterval(() => {}, 1000)'])}, { detached: true, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    console.log(child.pid);
    setInterval(() => {}, 1000);
  `;
  const parent = spawn(process.execPath, ['-e', starter], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(parent.stdout, 'data');
  const pid = Number(String(line));
  expect(isAlive(pid)).toBe(true);
  parent.kill('SIGKILL');
  await expect.poll(() => isAlive(pid), { timeout: 20_000 }).toBe(false);
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    // ESRCH is the answer we ask for: no such process.
    return false;
  }
}
