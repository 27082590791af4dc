import { expect, test } from 'vitest';
import { loadMigrations } from '../../../src/store/migrate.ts';

test('the migrations are numbered without gaps and without two of one number', () => {
  const numbers = loadMigrations().map(({ number }) => number);
  expect(numbers).toEqual(numbers.map((_, index) => index + 1));
});
