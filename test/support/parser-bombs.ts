import { readQuestion } from '../../src/cli/socket.ts';
import { bodyWithoutCredentials } from '../../src/domain/redact.ts';
import { parseYaml } from '../../src/playbooks/yaml-file.ts';
import { parseSettings, SettingsError } from '../../src/settings.ts';
import { parseRequest } from '../../src/slack/http/parse-request.ts';
import { readInbound } from '../../src/slack/inbound.ts';
import { readFindings } from '../../src/sources/read.ts';
import { BOMBS } from './bombs.ts';

/** Something made to exhaust one of the readers of what comes from outside. `refused` reads it and says whether it was turned away. */
export interface ParserBomb {
  readonly reader: 'finding' | 'slack' | 'playbook' | 'settings' | 'socket';
  readonly name: string;
  text(): string;
  refused(text: string): boolean;
}

const MIB = 1_048_576;
/** Just below what a YAML file may have. */
const YAML = 250_000;

/** As a message goes: what must not be kept is taken out, then it is read. */
function finding(name: string, text: () => string): ParserBomb {
  return {
    reader: 'finding',
    name,
    text,
    refused: (body) => readFindings(bodyWithoutCredentials(body)).findings.length === 0,
  };
}

const OCSF = {
  class_uid: 2004,
  metadata: { product: { uid: 'x' } },
  finding_info: { uid: 'x' },
  cloud: { region: 'x' },
};
const ASFF = {
  SchemaVersion: '2018-10-08',
  ProductArn: 'arn:aws:securityhub:eu-west-1::product/aws/guardduty',
  Id: 'x',
};
const deep = (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;
const withRaw = (around: object, field: string, raw: string) =>
  JSON.stringify({ ...around, [field]: '@@' }).replace('"@@"', raw);

/** What makes a search for credentials go back and forth. */
const HOSTILE_TEXTS: readonly (readonly [string, string])[] = [
  ['beginnings of tokens', ' eyJaaaaa.'],
  ['beginnings of keys', '-----BEGIN PRIVATE KEY-----'],
  ['passwords of addresses that never end', '://a:'],
  ['names of secrets', 'secret_access_key= '],
  ['dashes', '-a'],
  ['escaped quotes', '\\"'],
  ['escapes', '\\u0078'],
];

const FINDINGS: readonly ParserBomb[] = [
  ...BOMBS.map(({ name, body }) => finding(name, body)),
  finding('OCSF, 100,000 levels deep', () => withRaw(OCSF, 'x', deep(100_000))),
  finding('OCSF with 300,000 resources', () => withRaw(OCSF, 'resources', `[${'{},'.repeat(300_000)}{}]`)),
  finding('ASFF with 300,000 resources', () => withRaw(ASFF, 'Resources', `[${'{},'.repeat(300_000)}{}]`)),
  finding('ASFF with 80,000 product fields', () =>
    withRaw(ASFF, 'ProductFields', `{${Array.from({ length: 80_000 }, (_, n) => `"k${n}":"0"`).join(',')}}`),
  ),
  finding('50,000 strings, each with a secret by its name', () =>
    JSON.stringify(Array.from({ length: 50_000 }, () => 'api_key=12345678')),
  ),
  ...HOSTILE_TEXTS.map(([what, piece]) =>
    finding(
      `a megabyte of ${what}, after the word secret`,
      () => `{"x":"secret ${piece.repeat((MIB - 100) / piece.length)}"}`,
    ),
  ),
];

/** Verified bytes as an interaction; the signature comes before, so these are made by whoever holds the secret. */
function slack(name: string, type: string, text: () => string): ParserBomb {
  return {
    reader: 'slack',
    name,
    text,
    refused: (body) => {
      const asked = parseRequest({ 'content-type': [type] }, Buffer.from(body));
      return asked.kind !== 'payload' || readInbound(asked.body) === undefined;
    },
  };
}
const FORM = 'application/x-www-form-urlencoded';
const SLACK: readonly ParserBomb[] = [
  slack('a form of 300,000 fields', FORM, () => 'a=&'.repeat(300_000)),
  slack('a form of one field of a megabyte', FORM, () => `a=${'%41'.repeat(340_000)}`),
  slack('a payload 100,000 levels deep', FORM, () => `payload=${encodeURIComponent(deep(30_000))}`),
  slack('a payload of 100,000 actions', FORM, () => {
    const actions = `[${'{},'.repeat(100_000)}{}]`;
    return `payload=${encodeURIComponent(`{"type":"block_actions","actions":${actions}}`)}`;
  }),
  slack('JSON that never ends', 'application/json', () => '['.repeat(MIB - 1)),
  slack('JSON of 150,000 keys', 'application/json', () => `{${'"k":0,'.repeat(150_000)}"k":0}`),
];

/** By what a file of 250 kB can hold. */
const YAML_TEXTS: readonly (readonly [string, () => string])[] = [
  [
    'aliases that double thirty times',
    () =>
      `a0: &a0 [x, x]\n${Array.from({ length: 30 }, (_, n) => `a${n + 1}: &a${n + 1} [*a${n}, *a${n}]`).join('\n')}\n`,
  ],
  ['lists that never end', () => `a: ${'['.repeat(YAML)}`],
  ['lists in lists, each closed', () => `a: ${'['.repeat(YAML / 2)}${']'.repeat(YAML / 2)}`],
  ['maps that never end', () => `a: ${'{a: '.repeat(YAML / 4)}`],
  ['dashes on one line', () => `a:\n  ${'- '.repeat(YAML / 2)}x`],
  ['question marks on one line', () => `${'? '.repeat(YAML / 2)}x`],
  ['a staircase', () => Array.from({ length: 690 }, (_, n) => `${' '.repeat(n)}a:`).join('\n')],
  ['60,000 keys given twice', () => 'a: 1\n'.repeat(YAML / 5)],
  ['20,000 different keys', () => Array.from({ length: 20_000 }, (_, n) => `k${n}: 1`).join('\n')],
  ['120,000 entries', () => `a: [${'1,'.repeat(YAML / 2)}1]`],
  ['anchors without use', () => `a: [${Array.from({ length: 20_000 }, (_, n) => `&a${n} 1`).join(', ')}]`],
  ['aliases without an anchor', () => `a: [${'*x, '.repeat(YAML / 4)}1]`],
  ['a quote that never ends', () => `a: "${'x'.repeat(YAML)}`],
  ['a text of a quarter of a megabyte', () => `a: ${'x '.repeat(YAML / 2)}`],
  ['tags', () => `a: [${'!!omap [], '.repeat(YAML / 11)}1]`],
  ['merge keys', () => `a: &a {x: 1}\n${Array.from({ length: 8_000 }, (_, n) => `b${n}: {<<: *a}`).join('\n')}`],
  ['documents', () => '--- a\n'.repeat(YAML / 6)],
  ['four megabytes', () => `a: ${'x'.repeat(4 * MIB)}`],
];

function settingsRefused(text: string): boolean {
  try {
    parseSettings(text, 'cordon.yaml');
    return false;
  } catch (error) {
    if (error instanceof SettingsError) return true;
    throw error;
  }
}

const YAMLS: readonly ParserBomb[] = YAML_TEXTS.flatMap(([name, text]) => [
  {
    reader: 'playbook' as const,
    name,
    text,
    // What is a map all the same is refused by its keys.
    refused: (yaml: string) => {
      const read = parseYaml('playbook.yaml', yaml);
      return 'problems' in read || !('schema' in read.value);
    },
  },
  { reader: 'settings' as const, name, text, refused: settingsRefused },
]);

function socket(name: string, text: () => string): ParserBomb {
  return { reader: 'socket', name, text, refused: (line) => readQuestion(line) === undefined };
}
const SOCKET: readonly ParserBomb[] = [
  socket('a question of 300,000 words', () =>
    JSON.stringify({ version: 1, argv: Array.from({ length: 300_000 }, () => 'x') }),
  ),
  socket('a question 100,000 levels deep', () => deep(100_000)),
  socket('a question that never ends', () => '['.repeat(MIB)),
];

export const PARSER_BOMBS: readonly ParserBomb[] = [...FINDINGS, ...SLACK, ...YAMLS, ...SOCKET];
