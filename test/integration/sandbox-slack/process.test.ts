import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';

function launch(...args: string[]): ChildProcess {
  return spawn(process.execPath, ['--import', 'tsx', 'sandbox/slack/main.ts', ...args], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}

describe('the process', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('says where it is in one line, and ends on %s', async (signal) => {
    const child = launch('--port', '0', '--links', '[{"name":"AWS log","url":"http://127.0.0.1:9/"}]');
    if (!child.stdout) throw new Error('no stdout');
    const lines = createInterface({ input: child.stdout });
    const [line] = await once(lines, 'line');
    const ready = JSON.parse(String(line));
    expect(ready).toMatchObject({ ready: true, api: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/api\/$/) });
    expect(await (await fetch(`${ready.control}/health`)).json()).toMatchObject({ ok: true });
    // An open page must not keep the process alive.
    const page = await fetch(`${ready.page}_page/events?as=rina`);
    expect(page.status).toBe(200);
    child.kill(signal);
    expect(await once(child, 'exit')).toEqual([0, null]);
    await page.body?.cancel().catch(() => undefined);
  });

  it.each([
    ['--port', 'many'],
    ['--links', '[{"name":"x","url":"javascript:alert(1)"}]'],
  ])('refuses %s %s with status 78', async (name, value) => {
    const child = launch(name, value);
    expect(await once(child, 'exit')).toEqual([78, null]);
  });
});
