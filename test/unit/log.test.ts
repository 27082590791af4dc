import { describe, expect, it } from 'vitest';
import { withoutSecrets } from '../../src/log.ts';

describe('secrets in running text', () => {
  it.each([
    ['Slack token', 'refused xoxb-1234-abcd for', 'xoxb-1234-abcd'],
    ['Slack app token', 'xapp-1-A0-123-abcdef', 'xapp-1-A0-123-abcdef'],
    ['long-term key id', 'key AKIAIOSFODNN7EXAMPLE used', 'AKIAIOSFODNN7EXAMPLE'],
    ['session key id', 'key ASIAIOSFODNN7EXAMPLE used', 'ASIAIOSFODNN7EXAMPLE'],
    ['JSON web token', 'got eyJhbGciOi.eyJzdWIiOi.SflKxwRJSM back', 'eyJhbGciOi.eyJzdWIiOi.SflKxwRJSM'],
    ['password in a URL', 'postgres://cordon:hunter2@db:5432/cordon', 'hunter2'],
    ['private key', '-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----', 'MIIB'],
  ])('%s is not written', (_, text, secret) => {
    expect(withoutSecrets(text)).not.toContain(secret);
    expect(withoutSecrets(text)).toContain('[redacted]');
  });

  it('leaves the rest as it is', () => {
    expect(withoutSecrets('run RUN-ABCD2345 of INC-2026-0001 ended')).toBe('run RUN-ABCD2345 of INC-2026-0001 ended');
  });
});
