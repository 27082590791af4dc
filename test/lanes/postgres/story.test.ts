import { afterAll, beforeAll } from 'vitest';
import { present } from '../../support/rows.ts';
import { type Sandbox, startSandbox } from '../../support/sandbox-processes.ts';
import { startPostgres, type TestServer } from '../../support/servers.ts';
import { storySuite } from '../../support/suites/story.ts';

let server: TestServer | undefined;
let sandbox: Sandbox | undefined;
beforeAll(async () => {
  server = await startPostgres();
  sandbox = await startSandbox({ environment: { DATABASE_URL: server.url } });
}, 90_000);
afterAll(async () => {
  await sandbox?.close();
  await server?.stop();
}, 60_000);

storySuite(() => present(sandbox));
