import { describe, expect, it } from 'vitest';
import type { Sighting } from '../../../src/domain/sighting.ts';
import { episodesOf } from '../../../src/flow/episodes.ts';

/** Hours of November 2026. */
function at(hour: number): string {
  return new Date(Date.UTC(2026, 10, 1) + hour * 3_600_000).toISOString();
}

function said(hour: number, over: Partial<Sighting> & { readonly sent?: number } = {}): Sighting {
  const { sent = hour, ...rest } = over;
  const time = at(hour);
  return {
    shape: 'asff',
    kind: 'threat',
    updatedAt: time,
    count: 1,
    statedAt: at(sent),
    seenAt: time,
    firstSeenAt: at(0),
    lastSeenAt: time,
    state: 'active',
    severity: 'medium',
    sample: false,
    ...rest,
  };
}

const archived = { state: 'archived' } as const;
const failed = { kind: 'posture', compliance: 'FAILED' } as const;
const passed = { kind: 'posture', compliance: 'PASSED' } as const;
const ours = { workflow: 'RESOLVED', ours: true } as const;

/** `from-to` of each, `+n` for the times it was reopened. */
function lives(
  findings: Readonly<Record<string, readonly Sighting[]>>,
  closings: readonly number[] = [],
): readonly string[] {
  const sighted = Object.entries(findings).map(([key, sightings]) => ({ key, sightings }));
  const episodes = episodesOf(
    sighted,
    closings.map((hour) => ({ at: at(hour) })),
  );
  const hour = (time: string | null) => (time === null ? '' : (Date.parse(time) - Date.UTC(2026, 10, 1)) / 3_600_000);
  return episodes.map(
    (one) => `${hour(one.beganAt)}-${hour(one.closedAt)}${one.reopened > 0 ? `+${one.reopened}` : ''}`,
  );
}

describe('the incidents of a key', () => {
  it.each<[string, Readonly<Record<string, readonly Sighting[]>>, readonly number[], readonly string[]]>([
    ['none, while nothing was active', { a: [said(1, archived)] }, [], []],
    ['one, open', { a: [said(1), said(2)] }, [], ['1-']],
    [
      'one, closed when the last finding is settled',
      { a: [said(1), said(3, archived)], b: [said(2), said(5, archived)] },
      [],
      ['1-5'],
    ],
    [
      'no break where another goes on',
      { a: [said(1), said(3, archived), said(9)], b: [said(2), said(9, archived)] },
      [],
      ['1-'],
    ],
    ['reopened within a day', { a: [said(1), said(2, archived), said(26)] }, [], ['1-+1']],
    ['another after more than a day', { a: [said(1), said(2, archived), said(26.1)] }, [], ['1-2', '26.1-']],
    ['by another finding too', { a: [said(1), said(2, archived)], b: [said(20)] }, [], ['1-+1']],
    ['closed by a person', { a: [said(1)] }, [5], ['1-5']],
    ['reopened after a person by a new occurrence', { a: [said(1), said(6)] }, [5], ['1-+1']],
    ['not by an old one that comes late', { a: [said(1), said(4)], b: [said(3)] }, [5], ['1-5']],
    [
      'not by another copy of it, however late it was sent',
      { a: [said(1), said(1, { sent: 9, shape: 'guardduty' })] },
      [5],
      ['1-5'],
    ],
    [
      'closed when the person did, where the source had settled before',
      { a: [said(1), said(3, archived)] },
      [5],
      ['1-5'],
    ],
    ['the day counts from the person', { a: [said(1), said(3, archived), said(28)] }, [5], ['1-+1']],
    [
      'closed by RESOLVED in the console, which leaves UpdatedAt',
      { a: [said(1), said(1, { sent: 4, workflow: 'RESOLVED' })] },
      [],
      ['1-4'],
    ],
    [
      'and opened again by NEW in the console',
      { a: [said(1), said(1, { sent: 4, workflow: 'RESOLVED' }), said(1, { sent: 6, workflow: 'NEW' })] },
      [],
      ['1-+1'],
    ],
    ['not closed by NOTIFIED', { a: [said(1), said(1, { sent: 4, workflow: 'NOTIFIED' })] }, [], ['1-']],
    ['not closed by our own RESOLVED', { a: [said(1, failed), said(1, { ...failed, ...ours, sent: 4 })] }, [], ['1-']],
    [
      'nor opened by it, when the check is only evaluated again',
      { a: [said(1, failed), said(6, { ...failed, ...ours })] },
      [5],
      ['1-5'],
    ],
    [
      'opened by FAILED after PASSED',
      { a: [said(1, failed), said(3, passed), said(9, { ...failed, workflow: 'NEW' })] },
      [],
      ['1-+1'],
    ],
    [
      'a threat that goes on under our RESOLVED',
      { a: [said(1), said(1, { ...ours, sent: 6 }), said(8, { shape: 'guardduty' })] },
      [5],
      ['1-+1'],
    ],
    [
      'GuardDuty knows nothing of the workflow',
      { a: [said(1), said(1, { sent: 4, workflow: 'SUPPRESSED' }), said(8, { shape: 'guardduty' })] },
      [],
      ['1-4'],
    ],
  ])('%s', (_, findings, closings, expected) => {
    expect(lives(findings, closings)).toEqual(expected);
  });

  it('have the worst severity since they are open, and the first finding', () => {
    const b = [said(1, { severity: 'critical' }), said(2, archived)];
    const a = [said(3), said(4, { severity: 'high' }), said(5, { severity: 'low' })];
    const [episode] = episodesOf(
      [
        { key: 'a', sightings: a },
        { key: 'b', sightings: b },
      ],
      [],
    );
    expect(episode).toMatchObject({ severity: 'high', first: 'b', members: ['b', 'a'], reopened: 1, closedBy: null });
  });
});
