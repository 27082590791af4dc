import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Incident } from '../../../src/domain/incident.ts';
import type { Deps, Store } from '../../../src/ports.ts';
import { checkKey } from '../../../src/sources/identity.ts';
import { asffTwin, at, control, DAY, guardDuty, HOUR, ocsfTwin } from '../../support/deliveries.ts';
import { onlyIncident } from '../../support/flow-steps.ts';
import { deliverAll, orderWorld, resolveAll } from '../../support/order.ts';
import { plainStore } from '../../support/plain-store.ts';

const ADMIN = '222222222222';

let depsOn: (store: Store) => Deps;
let deps: Deps;
let now: string;
beforeAll(async () => {
  depsOn = await orderWorld();
});
beforeEach(() => {
  now = at(2 * HOUR);
  deps = depsOn(plainStore(() => now));
});

async function incidentAfter(...bodies: readonly string[]): Promise<Incident> {
  await deliverAll(deps, bodies);
  return onlyIncident(deps);
}

function permutations<T>(list: readonly T[]): readonly (readonly T[])[] {
  if (list.length < 2) return [list];
  return list.flatMap((one, at) => permutations(list.toSpliced(at, 1)).map((rest) => [one, ...rest]));
}

const NATIVE = guardDuty({ finding: 'a', updated: 0 });
const ASFF = asffTwin({ finding: 'a', updated: 0, sent: 3 });
const OCSF = ocsfTwin({ finding: 'a', updated: 0, sent: 4 });

describe('one finding that comes more than once is one, with one incident', () => {
  it.each<[string, readonly string[]]>([
    ['from the member and the administrator', [NATIVE, guardDuty({ finding: 'a', updated: 0, bus: ADMIN, sent: 2 })]],
    [
      'from the linked and the home Region',
      [
        ASFF,
        ASFF.replace('"time"', '"time ')
          .replace('"region":"eu-west-1"', '"region":"eu-central-1"')
          .replace('"time ', '"time"'),
      ],
    ],
    [
      'in an event and in a list',
      [ASFF, JSON.stringify({ Findings: Reflect.get(Object(JSON.parse(ASFF)).detail, 'findings') })],
    ],
    ['again, with nothing new', [NATIVE, NATIVE.replace('"version":"0"', '"version":"0","id":"another"')]],
  ])('%s', async (_, bodies) => {
    const incident = await incidentAfter(...bodies);
    expect(await deps.store.read.findings.count()).toBe(1);
    expect(await deps.store.read.findings.ofIncident(incident.id)).toHaveLength(1);
    expect(incident).toMatchObject({ state: 'open', reopened: 0 });
  });

  it.each(permutations(['GuardDuty', 'ASFF', 'OCSF']).map((order) => [order.join(', ')]))(
    'as its twins: %s',
    async (order) => {
      const bodies: Readonly<Record<string, string>> = { GuardDuty: NATIVE, ASFF, OCSF };
      const incident = await incidentAfter(...order.split(', ').map((name) => bodies[name] ?? ''));
      const [stored, ...more] = await deps.store.read.findings.ofIncident(incident.id);
      expect(more).toEqual([]);
      expect(stored?.finding).toMatchObject({
        shape: 'guardduty',
        workflow: 'NEW',
        entities: { instance: { id: 'i-0123456789abcdef0' } },
      });
      expect(Object.keys(stored?.finding.writeBack ?? {}).sort()).toEqual(['guardDuty', 'securityHub']);
    },
  );
});

describe('two findings', () => {
  it('with the same title are two', async () => {
    const other = guardDuty({ finding: 'b', updated: 0, instance: 'i-0fedcba9876543210' });
    const titleOf = (body: string) => Reflect.get(Object(JSON.parse(body)).detail, 'title');
    expect(titleOf(other)).toBe(titleOf(NATIVE));
    await deliverAll(deps, [NATIVE, other]);
    expect(await deps.store.read.findings.count()).toBe(2);
    expect(await deps.store.read.incidents.list({ limit: 10 })).toHaveLength(2);
  });
});

describe('several standards of one control', () => {
  const said = { finding: 'e', updated: HOUR, compliance: 'FAILED' } as const;
  const [fsbp, cis, consolidated] = (['fsbp', 'cis', 'consolidated'] as const).map((standard) =>
    control({ ...said, standard }),
  );

  it.each(permutations([fsbp ?? '', cis ?? '', consolidated ?? '']).map((bodies, n) => [n + 1, bodies] as const))(
    'are one incident and one check, consolidated or not (order %i)',
    async (_, bodies) => {
      const incident = await incidentAfter(...bodies);
      const findings = (await deps.store.read.findings.ofIncident(incident.id)).map(({ finding }) => finding);
      expect(findings).toHaveLength(3);
      expect(new Set(findings.map(checkKey)).size).toBe(1);
      const standards = new Set(findings.flatMap(({ standards: named }) => named));
      expect([...standards].some((name) => name.includes('aws-foundational-security-best-practices'))).toBe(true);
      expect([...standards].some((name) => name.includes('cis-aws-foundations-benchmark'))).toBe(true);
    },
  );

  it('stay one while consolidation archives the old ones and the new one is open', async () => {
    const archived = (standard: 'fsbp' | 'cis') => control({ ...said, standard, updated: 2 * HOUR, archived: true });
    expect(
      await incidentAfter(fsbp ?? '', cis ?? '', consolidated ?? '', archived('fsbp'), archived('cis')),
    ).toMatchObject({
      state: 'open',
      reopened: 0,
    });
  });

  it('of another resource are the same incident, and two checks', async () => {
    const incident = await incidentAfter(
      consolidated ?? '',
      control({ ...said, finding: 'f', group: 'sg-0fedcba9876543210' }),
    );
    const findings = (await deps.store.read.findings.ofIncident(incident.id)).map(({ finding }) => finding);
    expect(new Set(findings.map(checkKey)).size).toBe(2);
  });
});

describe('our own write-back', () => {
  it.each([
    ['NOTIFIED', 'threat'],
    ['RESOLVED', 'threat'],
    ['NOTIFIED', 'posture'],
    ['RESOLVED', 'posture'],
  ] as const)('%s on a %s is not news: the incident and its card stay as they are', async (workflow, kind) => {
    const noted = { workflow, by: 'cordon', sent: HOUR } as const;
    const [first, returned] =
      kind === 'threat'
        ? [ASFF, asffTwin({ finding: 'a', updated: 0, ...noted })]
        : [
            control({ finding: 'e', updated: 0, compliance: 'FAILED' }),
            control({ finding: 'e', updated: 0, compliance: 'FAILED', ...noted }),
          ];
    const before = await incidentAfter(first);
    expect(await incidentAfter(returned)).toEqual(before);
    const [stored] = await deps.store.read.findings.ofIncident(before.id);
    expect(stored?.finding).toMatchObject({ workflow, noteBy: 'cordon' });
  });

  it('after a person has resolved it does not reopen, and a check that is evaluated again does not either', async () => {
    const failed = { finding: 'e', compliance: 'FAILED' } as const;
    await incidentAfter(control({ ...failed, updated: 0 }));
    await resolveAll(deps, 'accepted-risk');
    const ours = { workflow: 'RESOLVED', by: 'cordon' } as const;
    await deliverAll(deps, [
      control({ ...failed, updated: 0, sent: 3 * HOUR, ...ours }),
      control({ ...failed, updated: 12 * HOUR, ...ours }),
    ]);
    expect(await onlyIncident(deps)).toMatchObject({ state: 'resolved', resolution: 'accepted-risk' });
  });

  it('does not hide that the threat goes on', async () => {
    await incidentAfter(NATIVE, ASFF);
    await resolveAll(deps, 'fixed');
    const ours = { workflow: 'RESOLVED', by: 'cordon' } as const;
    await deliverAll(deps, [
      asffTwin({ finding: 'a', updated: 0, sent: 2 * HOUR + 1, ...ours }),
      guardDuty({ finding: 'a', updated: 5 * HOUR, count: 2 }),
    ]);
    expect(await onlyIncident(deps)).toMatchObject({ state: 'open', reopened: 1 });
  });
});

describe('NEW again', () => {
  it.each(['NOTIFIED', 'RESOLVED'] as const)(
    'after %s, since the check failed after it had passed, reopens',
    async (workflow) => {
      await incidentAfter(
        control({ finding: 'e', updated: 0, compliance: 'FAILED' }),
        control({ finding: 'e', updated: HOUR, compliance: 'PASSED', workflow }),
      );
      expect(await onlyIncident(deps)).toMatchObject({ state: 'resolved', resolution: 'archived-by-source' });
      await deliverAll(deps, [control({ finding: 'e', updated: 6 * HOUR, compliance: 'FAILED', workflow: 'NEW' })]);
      expect(await onlyIncident(deps)).toMatchObject({ state: 'open', reopened: 1 });
    },
  );

  it('after RESOLVED and ARCHIVED, since the finding is active again, reopens; more than a day later it is another', async () => {
    await incidentAfter(
      ASFF,
      asffTwin({ finding: 'a', updated: HOUR, archived: true, workflow: 'RESOLVED', by: 'somebody' }),
    );
    await deliverAll(deps, [asffTwin({ finding: 'a', updated: 20 * HOUR })]);
    expect(await onlyIncident(deps)).toMatchObject({ state: 'open', reopened: 1 });
    await deliverAll(deps, [
      asffTwin({ finding: 'a', updated: 21 * HOUR, archived: true }),
      asffTwin({ finding: 'a', updated: 3 * DAY }),
    ]);
    expect((await deps.store.read.incidents.list({ limit: 5 })).map(({ state }) => state).sort()).toEqual([
      'open',
      'resolved',
    ]);
  });

  it('after SUPPRESSED stays as it is until somebody says NEW', async () => {
    const suppressed = asffTwin({ finding: 'a', updated: 0, sent: HOUR, workflow: 'SUPPRESSED', by: 'somebody' });
    await incidentAfter(ASFF, suppressed, guardDuty({ finding: 'a', updated: 5 * HOUR, count: 2 }));
    expect(await onlyIncident(deps)).toMatchObject({ state: 'resolved' });
    await deliverAll(deps, [asffTwin({ finding: 'a', updated: 6 * HOUR, count: 2 })]);
    expect(await onlyIncident(deps)).toMatchObject({ state: 'open', reopened: 1 });
  });
});
