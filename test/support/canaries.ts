/** Secrets that were never one anywhere, put together so that no scanner of repositories takes them for real. Each is a value that must be seen in no place where Cordon keeps or says something. */
const join = (...parts: readonly string[]) => parts.join('');
const LONG = 'Zm9vYmFyMDEyMzQ1Njc4OWFiY2RlZg';
const KEY = 'MIIEcanarycanaryAKCAQEAcanary0123456789';

/** Found by their own looks, wherever they stand. */
export const BY_LOOKS: readonly string[] = [
  join('xox', 'b-111111111111-222222222222-canaryBotToken00'),
  join('xox', 'p-111111111111-222222222222-333333333333-canaryuser'),
  join('xox', 'a-2-canaryWorkspaceToken0'),
  join('xox', 'e.xox', 'p-1-canaryRefreshed000'),
  join('xox', 'e-1-canaryRefreshToken00'),
  join('xox', 'c-111111111111-canaryClient'),
  join('xox', 's-111111111111-canarySession'),
  join('xox', 'r-111111111111-canaryLegacy'),
  join('xapp', '-1-A0CANARY-111111111111-canaryAppToken'),
  join('T0CANARY/B0CANARY', '/canaryWebhook0000000000'),
  join('IQoJ', 'b3JpZ2luX2VjcanarySession', LONG),
  join('FwoG', 'ZXIvYXdzcanarySession', LONG),
  join('FQoG', 'ZXIvYXdzcanarySession', LONG),
  join('ey', 'JhbGciOiJIUzI1NiJ9.ey', 'JzdWIiOiJjYW5hcnkifQ.canarySignature01'),
  join('ey', 'JraWQiOiJjYW5hcnkifQ.ey', 'JpYXQiOjE1MTYyMzkwMjJ9.'),
  join('ghp_', 'canary0123456789canary0123456789canary'),
  join('gho_', 'canary0123456789canary0123456789canary'),
  join('github', '_pat_canary0123456789canary0123456789'),
  `${KEY}rsa`,
  `${KEY}ec`,
  `${KEY}plain`,
  `${KEY}openssh`,
  `${KEY}encrypted`,
  `${KEY}pgp`,
];

/** Texts that a finding might carry, each with the canary of the same place. */
export const TEXTS: readonly string[] = BY_LOOKS.map((canary) => {
  const pem = ['rsa', 'ec', 'plain', 'openssh', 'encrypted', 'pgp'].find((kind) => canary === `${KEY}${kind}`);
  if (pem !== undefined) return pemOf(pem, canary);
  return canary.startsWith('T0CANARY')
    ? `curl https://hooks.slack.com/services/${canary} -d x`
    : `seen in the output: ${canary} and so on`;
});

function pemOf(kind: string, body: string): string {
  const word =
    { rsa: 'RSA ', ec: 'EC ', plain: '', openssh: 'OPENSSH ', encrypted: 'ENCRYPTED ', pgp: 'PGP ' }[kind] ?? '';
  const block = kind === 'pgp' ? ' BLOCK' : '';
  const head = kind === 'rsa' ? 'Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n' : '';
  return `-----BEGIN ${word}PRIVATE KEY${block}-----\n${head}${body}\n-----END ${word}PRIVATE KEY${block}-----`;
}

/** Found by the name before them. */
export const BY_NAME: readonly (readonly [text: string, canary: string])[] = [
  ['AWS_SECRET_ACCESS_KEY=', join('canary+Secret/Access', 'Key0123456789abcdefg')],
  ['aws_secret_access_key = ', join('canary+Secret/Access', 'Key1123456789abcdefg')],
  ['"SecretAccessKey": "', join('canary+Secret/Access', 'Key2123456789abcdefg')],
  ['aws_session_token=', join('canary', 'Session3', LONG)],
  ['SecurityToken: ', join('canary', 'Session4', LONG)],
  ['--external-id ', 'canary-external-id-5-0123456789'],
  ['"ExternalId":"', 'canary-external-id-6-0123456789'],
  ['SLACK_SIGNING_SECRET=', 'cafe7777777777777777777777777777'],
  ['client_secret=', 'canary-client-secret-8'],
  ['api_key: ', 'canary-api-key-9-0123456789'],
  ['mysql --password=', 'canary-password-10'],
  ['curl -H "Authorization: Bearer ', 'canary-bearer-11.0123456789'],
  ['curl -H "Authorization: Basic ', 'Y2FuYXJ5OmJhc2ljLTEy'],
  ['psql postgres://cordon:', 'canary-password-13@db.example/cordon'],
  ['redis://:', 'canary-password-14@cache.example:6379/0'],
  ['https://deploy:', 'canary-password-15@git.example/x.git'],
];

/** What of a canary must not be seen: of a URL's, the password alone. */
export const needleOf = (canary: string): string => canary.split('@')[0] ?? canary;
