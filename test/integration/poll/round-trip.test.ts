import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { hubKey, hubTable } from '../../../sandbox/aws/events/publish.ts';
import { type RunningAws, startAws } from '../../../sandbox/aws/start.ts';
import type { GuardDutyFinding, HubFinding } from '../../../sandbox/aws/state/kinds.ts';
import { isTree } from '../../../sandbox/aws/wire/schemas.ts';
import { HOME_REGION, SECURITY_ACCOUNT } from '../../../sandbox/world.ts';
import type { Finding } from '../../../src/domain/finding.ts';
import type { FindingsFeeds } from '../../../src/ports.ts';
import { readFindings } from '../../../src/sources/read.ts';
import { SETTINGS } from '../../support/contract/sandbox.ts';
import { sandboxFeeds } from '../../support/feeds.ts';

const FOLDER = join(import.meta.dirname, '..', '..', 'fixtures', 'findings');
const LONG_AGO = '2000-01-01T00:00:00.000Z';
/** The API itself writes no severity as text, and always the time of the update. */
const Duty = z.custom<GuardDutyFinding>(
  (value) =>
    z
      .looseObject({ id: z.string(), severity: z.number(), updatedAt: z.iso.datetime(), service: z.looseObject({}) })
      .safeParse(value).success,
);
const Hub = z.custom<HubFinding>(
  (value) => z.looseObject({ Id: z.string(), ProductArn: z.string() }).safeParse(value).success,
);

function fixtures(prefix: string): readonly { readonly name: string; readonly json: unknown }[] {
  return readdirSync(FOLDER)
    .filter((name) => name.startsWith(prefix))
    .map((name) => ({ name, json: JSON.parse(asOnTheWire(readFileSync(join(FOLDER, name), 'utf8'))) }));
}

/** The API spells this one name otherwise than the fixture, which the simulator, as the SDK, does not forgive. */
function asOnTheWire(text: string): string {
  return text.replaceAll('"sourceIps"', '"sourceIPs"');
}

/** Everything that a feed holds, page by page. */
async function everything(
  feeds: FindingsFeeds,
  product: 'securityhub' | 'guardduty',
  region: string,
): Promise<string[]> {
  const bodies: string[] = [];
  for (let token: string | null = null; ; ) {
    const page = await feeds.read({ product, region }, { since: LONG_AGO, token });
    if ('absent' in page) throw new Error(page.absent);
    bodies.push(...page.items.map(({ body }) => body));
    if (page.next === null) return bodies;
    token = page.next;
  }
}

let aws: RunningAws;
let open: ReturnType<typeof sandboxFeeds>;
beforeAll(async () => {
  aws = await startAws({ templates: { hub: 'infra/hub.json', member: 'infra/member-role.json' } });
  open = sandboxFeeds(aws.endpoint, SETTINGS);
});
afterAll(async () => {
  open.role.close();
  await aws.close();
});

/** Each fixture once in the product, and what a message with it would have brought, by the product's id. */
function place(
  names: string,
  put: (json: unknown, number: number) => { readonly id: string; readonly json: unknown } | undefined,
): ReadonlyMap<string, Finding> {
  const expected = new Map<string, Finding>();
  for (const [number, { json }] of fixtures(names).entries()) {
    const placed = put(json, number);
    const [finding] = placed ? readFindings(JSON.stringify(placed.json)).findings : [];
    if (placed && finding) expected.set(finding.id, finding);
  }
  return expected;
}

async function expectSame(expected: ReadonlyMap<string, Finding>, product: 'securityhub' | 'guardduty'): Promise<void> {
  const read = (await everything(open.feeds, product, HOME_REGION)).flatMap((body) => readFindings(body).findings);
  for (const finding of read) expect(finding).toEqual(expected.get(finding.id));
  expect(read).toHaveLength(expected.size);
}

describe('what the SDK gives is read as what a message brings', () => {
  it('Security Hub: every fixture in its format', async () => {
    const table = hubTable(aws.organization.state);
    const expected = place('asff-', (json) => {
      const parsed = Hub.safeParse(json);
      if (!parsed.success || typeof parsed.data.UpdatedAt !== 'string') return undefined;
      if (table.get(hubKey(parsed.data)) !== undefined) return undefined;
      return { id: parsed.data.Id, json: table.put(hubKey(parsed.data), parsed.data) };
    });
    expect(expected.size).toBeGreaterThan(15);
    await expectSame(expected, 'securityhub');
  });

  it('GuardDuty: every fixture in its format, dates as numbers too', async () => {
    const table = aws.organization.state.table('guardduty-findings', SECURITY_ACCOUNT, HOME_REGION);
    const expected = place('guardduty-', (json, number) => {
      const parsed = Duty.safeParse(isTree(json) && 'detail' in json ? json['detail'] : json);
      if (!parsed.success || parsed.data.region !== HOME_REGION || typeof parsed.data.arn !== 'string')
        return undefined;
      const id = number.toString(16).padStart(32, '0');
      const arn = parsed.data.arn.replace(/[^/]+$/, id);
      return { id, json: table.put(id, { ...parsed.data, id, arn }) };
    });
    expect(expected.size).toBeGreaterThan(10);
    await expectSame(expected, 'guardduty');
  });
});
