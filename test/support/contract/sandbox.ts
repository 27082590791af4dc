import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { startAws } from '../../../sandbox/aws/start.ts';
import {
  ACCOUNTS,
  EXTERNAL_ID_SECRET,
  HOME_REGION,
  HUB_CREDENTIALS,
  SECURITY_ACCOUNT,
} from '../../../sandbox/world.ts';
import { openSessions, type Sessions } from '../../../src/aws/sessions.ts';
import type { JsonObject } from '../../../src/domain/json.ts';
import type { SelfIdentity } from '../../../src/ports.ts';
import { Secret } from '../../../src/secret.ts';
import { SILENT, settingsOf } from './settings.ts';

const LogEntry = z.object({
  seq: z.number(),
  service: z.string(),
  operation: z.string(),
  account: z.string(),
  sourceIdentity: z.string().nullable(),
  sessionName: z.string().nullable(),
  errorCode: z.string().nullable(),
  write: z.boolean(),
  effect: z.boolean(),
});
type LogEntry = z.infer<typeof LogEntry>;

/** The simulated organisation, with sessions into it as the product opens them. */
export interface Sandbox {
  readonly endpoint: string;
  readonly sessions: Sessions;
  /** Everything that was asked of the member accounts and STS, by the simulator's own record. */
  log(): Promise<readonly LogEntry[]>;
  /** Changes one record behind the product's back. */
  patch(place: { account: string; region: string }, kind: string, id: string, fields: JsonObject): Promise<void>;
  fault(order: JsonObject): Promise<void>;
  advance(milliseconds: number): Promise<void>;
  /** Any request of the simulator's control API, with its answer. */
  control(method: string, path: string, body?: JsonObject): Promise<unknown>;
  close(): Promise<void>;
}

export const SELF: SelfIdentity = { accountId: SECURITY_ACCOUNT, roleNames: ['cordon-hub'], instanceIds: [] };
export const SETTINGS = settingsOf(
  ACCOUNTS.map(({ id, alias, kind }) => ({ id, alias, management: kind === 'management' })),
  SECURITY_ACCOUNT,
  HOME_REGION,
);

/** Starts a simulator on free ports; `member` replaces the template of the member accounts. */
export async function openSandbox(member?: JsonObject): Promise<Sandbox> {
  const folder = mkdtempSync(join(tmpdir(), 'cordon-contract-'));
  const custom = join(folder, 'member-role.json');
  if (member !== undefined) writeFileSync(custom, JSON.stringify(member));
  const templates = { hub: 'infra/hub.json', member: member === undefined ? 'infra/member-role.json' : custom };
  const aws = await startAws({ templates });
  rmSync(folder, { recursive: true, force: true });
  const sessions = openSessions({
    settings: SETTINGS,
    self: SELF,
    hubRegion: HOME_REGION,
    secret: new Secret(EXTERNAL_ID_SECRET),
    log: SILENT,
    endpoint: aws.endpoint,
    credentials: HUB_CREDENTIALS,
  });
  return {
    endpoint: aws.endpoint,
    sessions,
    async log() {
      return z.object({ entries: z.array(LogEntry) }).parse(await ask(aws.control, 'GET', 'log')).entries;
    },
    async patch({ account, region }, kind, id, fields) {
      await ask(aws.control, 'PATCH', `state/${account}/${region}/${kind}/${id}`, fields);
    },
    async fault(order) {
      await ask(aws.control, 'POST', 'faults', order);
    },
    async advance(advanceMs) {
      await ask(aws.control, 'POST', 'clock', { advanceMs });
    },
    control: (method, path, body) => ask(aws.control, method, path, body),
    async close() {
      sessions.close();
      await aws.close();
    },
  };
}

/** A sandbox for the length of one test. */
export async function inSandbox<T>(work: (sandbox: Sandbox) => Promise<T>, member?: JsonObject): Promise<T> {
  const sandbox = await openSandbox(member);
  try {
    return await work(sandbox);
  } finally {
    await sandbox.close();
  }
}

async function ask(control: string, method: string, path: string, body?: JsonObject): Promise<unknown> {
  const init = body === undefined ? { method } : { method, body: JSON.stringify(body) };
  const answer = await fetch(`${control}/${path}`, init);
  if (!answer.ok) throw new Error(`${method} /${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}
