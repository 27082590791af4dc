import { describe, expect, it } from 'vitest';
import { feedName } from '../../../src/domain/feed.ts';
import { targetsOf } from '../../../src/flow/poll.ts';
import { revisionOf } from '../../../src/flow/polled-news.ts';
import { readFindings } from '../../../src/sources/read.ts';
import { guardDutyEvent, testSettings } from '../../support/flow-world.ts';

describe('what is polled', () => {
  const names = (change: Parameters<typeof testSettings>[0]) => targetsOf(testSettings(change)).map(feedName);

  it('is Security Hub at home, and GuardDuty at home and where there are accounts, each Region once', () => {
    expect(
      names((file) => {
        file.accounts.push({ id: '444444444441', alias: 'other', regions: ['us-east-1', 'eu-west-1'] });
      }),
    ).toEqual(['securityhub.eu-west-1', 'guardduty.eu-west-1', 'guardduty.us-east-1']);
  });

  it('is what the settings say', () => {
    expect(
      names((file) => {
        file.polling = { securityHub: false, guardDutyRegions: ['eu-north-1'] };
      }),
    ).toEqual(['guardduty.eu-north-1']);
    expect(
      names((file) => {
        file.polling = { guardDutyRegions: [] };
      }),
    ).toEqual(['securityhub.eu-west-1']);
  });
});

describe('the revision of a polled finding', () => {
  const revision = (over: Parameters<typeof guardDutyEvent>[0]) => {
    const body = guardDutyEvent(over);
    return revisionOf('guardduty.eu-west-1', body, readFindings(body).findings[0]);
  };

  it('is the same however often it is read, and another when anything has changed', () => {
    expect(revision({})).toBe(revision({}));
    const others = [
      revision({}),
      revision({ count: 2 }),
      revision({ archived: true }),
      revision({ id: 'f'.repeat(32) }),
    ];
    expect(new Set(others).size).toBe(4);
    expect(revision({})).toContain('2026-11-20T10:00:00.000Z');
  });

  it('of what cannot be read is its text', () => {
    expect(revisionOf('f', '{}', undefined)).toBe(revisionOf('f', '{}', undefined));
    expect(revisionOf('f', '{}', undefined)).not.toBe(revisionOf('f', '[]', undefined));
  });
});
