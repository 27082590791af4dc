/** Bodies made to exhaust whoever reads them: each is refused. scripts/bench/bombs.ts times them. */
export interface Bomb {
  readonly name: string;
  readonly code: string;
  body(): string;
}

const MIB = 1_048_576;
/** Just under what the transport carries. */
const LARGE = MIB - 4096;

const GUARDDUTY = {
  schemaVersion: '2.0',
  accountId: '333333333331',
  region: 'eu-west-1',
  id: 'a'.repeat(32),
  type: 'Backdoor:EC2/C&CActivity.B!DNS',
  resource: {},
  service: {},
  severity: 8,
  createdAt: '2026-11-20T10:00:00.000Z',
  updatedAt: '2026-11-20T10:00:00.000Z',
};

/** A finding that would be read, with something in it that must not be. */
function finding(change: object): string {
  return JSON.stringify({ ...GUARDDUTY, ...change });
}

/** The same with a piece of JSON that no value gives, such as 1e400 or a very deep one, in the place of `field`. */
function withRaw(field: string, raw: string): string {
  return finding({ [field]: '@@' }).replace('"@@"', raw);
}

function repeated(text: string, bytes: number): string {
  return text.repeat(Math.floor(bytes / text.length));
}

/** `from` gives the n-th key or entry. */
function joined(from: (n: number) => string, bytes: number): string {
  const parts: string[] = [];
  for (let [n, length] = [0, 0]; length < bytes; n += 1) {
    parts.push(from(n));
    length += (parts.at(-1) ?? '').length + 1;
  }
  return parts.join(',');
}

const event = (detail: object) =>
  JSON.stringify({ 'detail-type': 'Security Hub Findings - Imported', source: 'aws.securityhub', detail });

export const BOMBS: readonly Bomb[] = [
  { name: 'a body of 5 MB', code: 'body_too_large', body: () => finding({ description: 'x'.repeat(5 * MIB) }) },
  { name: 'a body of 2 MB of spaces', code: 'body_too_large', body: () => ' '.repeat(2 * MIB) },
  {
    name: 'four-byte characters, few to count and many to store',
    code: 'body_too_large',
    body: () => '🛡'.repeat(300_000),
  },
  { name: 'nothing but spaces', code: 'not_json', body: () => ' '.repeat(LARGE) },
  { name: 'lists that never end', code: 'too_deep', body: () => '['.repeat(LARGE) },
  { name: 'objects that never end', code: 'too_deep', body: () => repeated('{"a":', LARGE) },
  { name: 'a string that never ends', code: 'not_json', body: () => `"${'\\u0041'.repeat(LARGE / 6 - 10)}` },
  { name: 'lists in lists, 500,000 deep', code: 'too_deep', body: () => '['.repeat(LARGE / 2) + ']'.repeat(LARGE / 2) },
  { name: 'Findings in Findings', code: 'too_deep', body: nested },
  {
    name: 'a finding 33 levels deep',
    code: 'too_deep',
    body: () => withRaw('x', `${'{"a":'.repeat(32)}1${'}'.repeat(32)}`),
  },
  {
    name: 'a finding 150,000 levels deep',
    code: 'too_deep',
    body: () => withRaw('x', `${'{"a":'.repeat(150_000)}1${'}'.repeat(150_000)}`),
  },
  { name: 'a list of 2,001 nothings', code: 'too_many_items', body: () => `[${'0,'.repeat(2000)}0]` },
  { name: 'a list of 500,000 nothings', code: 'too_many_items', body: () => `[${'0,'.repeat(LARGE / 2 - 2)}0]` },
  {
    name: '350,000 empty findings in an event',
    code: 'too_many_items',
    body: () => event({ findings: [] }).replace('[]', () => `[${'{},'.repeat(LARGE / 3 - 100)}{}]`),
  },
  { name: '350,000 lines', code: 'too_many_items', body: () => '{}\n'.repeat(LARGE / 3) },
  {
    name: 'one line and half a million bad ones',
    code: 'too_many_items',
    body: () => `{}\n${'x\n'.repeat(LARGE / 2 - 10)}`,
  },
  {
    name: '250,000 resources',
    code: 'too_many_items',
    body: () => withRaw('resources', `[${'{},'.repeat(LARGE / 3 - 200)}{}]`),
  },
  {
    name: '90,000 keys',
    code: 'too_many_items',
    body: () => withRaw('x', `{${joined((n) => `"k${n}":0`, LARGE - 1000)}}`),
  },
  {
    name: '40,000 flattened columns',
    code: 'too_many_items',
    body: () => `{"type":"a",${joined((n) => `"resource_c${n}_d":0`, LARGE - 100)}}`,
  },
  { name: 'a key of a megabyte', code: 'shape_unknown', body: () => JSON.stringify({ ['k'.repeat(LARGE)]: 0 }) },
  {
    name: 'a key of a megabyte in a finding',
    code: 'account_invalid',
    body: () => finding({ ['k'.repeat(LARGE - 1000)]: 0, accountId: '1' }),
  },
  {
    name: 'an account of a megabyte',
    code: 'account_invalid',
    body: () => finding({ accountId: '3'.repeat(LARGE - 1000) }),
  },
  {
    name: 'an account of half characters',
    code: 'account_invalid',
    body: () => finding({ accountId: '\ud800'.repeat(LARGE / 6 - 200) }),
  },
  {
    name: 'a date of a megabyte',
    code: 'time_missing',
    body: () => finding({ createdAt: `2026-11-20T10:00:00.${'0'.repeat(LARGE - 1000)}`, updatedAt: '' }),
  },
  {
    name: 'a time beyond all numbers',
    code: 'time_missing',
    body: () => withRaw('createdAt', '1e400').replace('"2026-11-20T10:00:00.000Z"', '-1e400'),
  },
  {
    name: 'an ARN of colons',
    code: 'account_invalid',
    body: () => finding({ arn: ':'.repeat(LARGE - 1000), accountId: 'x' }),
  },
  {
    name: 'JSON in a string in JSON, deep',
    code: 'region_invalid',
    body: () => finding({ region: 'x', service: { additionalInfo: { value: '['.repeat(60_000) } } }),
  },
  {
    name: 'an event of a kind a megabyte long',
    code: 'event_not_supported',
    body: () => JSON.stringify({ 'detail-type': '('.repeat(LARGE - 100), detail: {} }),
  },
];

/** As many openings as fit, each closed. */
function nested(): string {
  const depth = Math.floor(LARGE / '{"Findings":[]}'.length);
  return '{"Findings":['.repeat(depth) + ']}'.repeat(depth);
}
