import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Sandbox, startSandbox } from '../../support/sandbox-processes.ts';
import { storySuite } from '../../support/suites/story.ts';

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox();
}, 90_000);
afterAll(() => sandbox?.close(), 60_000);

storySuite(() => sandbox);

it('refuses a second process on the same data directory and names the holder', async () => {
  const second = await sandbox.startSecond();
  expect(second.code).not.toBe(0);
  expect(second.output).toContain(String(sandbox.product().pid));
});
