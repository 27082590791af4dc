import { expect, it } from 'vitest';
import { gapsOf, SelectorsAnswer } from '../../../src/actions/trail-coverage.ts';
import type { JsonObject } from '../../../src/domain/json.ts';

const gaps = (answer: JsonObject) => gapsOf(SelectorsAnswer.parse(answer));
const basic = (...selectors: JsonObject[]) => gaps({ EventSelectors: selectors });
const advanced = (...fields: JsonObject[][]) =>
  gaps({ AdvancedEventSelectors: fields.map((FieldSelectors) => ({ FieldSelectors })) });

const MANAGEMENT = { Field: 'eventCategory', Equals: ['Management'] };
const DATA = { Field: 'eventCategory', Equals: ['Data'] };
const NOTHING = ['It records no management events: starting it does not bring those back.'];

it('finds no gap in a trail that takes every management event, in either form', () => {
  expect(basic({})).toEqual([]);
  expect(basic({ ReadWriteType: 'ReadOnly' }, { ReadWriteType: 'All' })).toEqual([]);
  expect(advanced([MANAGEMENT])).toEqual([]);
  expect(advanced([DATA], [MANAGEMENT])).toEqual([]);
});

it('says when there are no management events at all', () => {
  expect(gaps({})).toEqual(NOTHING);
  expect(basic({ IncludeManagementEvents: false })).toEqual(NOTHING);
  expect(advanced([DATA])).toEqual(NOTHING);
});

it('says which half is taken', () => {
  expect(basic({ ReadWriteType: 'ReadOnly' })).toEqual(['It records only management events that read.']);
  expect(basic({ ReadWriteType: 'WriteOnly' })).toEqual(['It records only management events that write.']);
  expect(advanced([MANAGEMENT, { Field: 'readOnly', Equals: ['false'] }])).toEqual([
    'It records only management events that write.',
  ]);
});

it('says which sources are left out, and that a condition leaves out what it cannot name', () => {
  expect(basic({ ExcludeManagementEventSources: ['kms.amazonaws.com'] })).toEqual([
    'It leaves out management events of kms.amazonaws.com.',
  ]);
  expect(advanced([MANAGEMENT, { Field: 'eventSource', NotEquals: ['rdsdata.amazonaws.com'] }])).toEqual([
    'It leaves out management events of rdsdata.amazonaws.com.',
  ]);
  expect(advanced([MANAGEMENT, { Field: 'userIdentity.arn', NotEquals: ['arn:aws:iam::1:role/x'] }])).toEqual([
    'It leaves out management events by a condition on userIdentity.arn.',
  ]);
  expect(advanced([MANAGEMENT, { Field: 'eventSource', Equals: ['s3.amazonaws.com'] }])).toEqual([
    'It leaves out management events by a condition on eventSource.',
  ]);
});
