import { expect, test } from 'vitest';
import { isLocalTarget } from '../../../../sandbox/launcher/local-target.ts';

function ignored(): void {}

test.each([
  ['a port alone', [8080]],
  ['a port with a callback', [8080, ignored]],
  ['a port on loopback', [8080, '127.0.0.1']],
  ['a local socket', ['/tmp/x.sock']],
  ['options with a path', [{ path: '/tmp/x.sock' }]],
  ['options without a host', [{ port: 1 }]],
  ['options with localhost', [{ port: 1, host: 'localhost' }]],
  ['options with IPv6 loopback', [{ port: 1, host: '::1' }]],
  ['a mapped loopback', [{ port: 1, host: '::ffff:127.0.0.1' }]],
  ['what node hands itself', [[{ port: 1, host: '127.8.9.1' }, null]]],
])('stays here: %s', (_, args) => {
  expect(isLocalTarget(args)).toBe(true);
});

test.each([
  ['a host name', [443, 'slack.com']],
  ['a numeric text is a port, not a path', ['443', 'slack.com']],
  ['options with a host', [{ port: 443, host: 'sts.amazonaws.com' }]],
  ['a host beside a path', [{ port: 443, host: 'slack.com', path: '/api' }]],
  ['a name that begins like loopback', [{ port: 1, host: '127.0.0.1.example.com' }]],
  ['every address', [{ port: 1, host: '0.0.0.0' }]],
  ['instance metadata', [{ port: 80, host: '169.254.169.254' }]],
  ['something odd', [{ port: 1, host: 7 }]],
  ['what node hands itself', [[{ port: 1, host: '198.51.100.7' }, null]]],
])('goes outside: %s', (_, args) => {
  expect(isLocalTarget(args)).toBe(false);
});
