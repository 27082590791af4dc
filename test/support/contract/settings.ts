import { withAccounts } from '../../../src/domain/merge-accounts.ts';
import { SettingsFile } from '../../../src/domain/settings.ts';
import type { Log, SettingsSource } from '../../../src/ports.ts';

interface Entry {
  readonly id: string;
  readonly alias: string;
  readonly act?: boolean;
  readonly management?: boolean;
}

/** The least settings that sessions need: the accounts and where Cordon runs. */
export function settingsOf(accounts: readonly Entry[], securityAccount: string, homeRegion: string): SettingsSource {
  const file = SettingsFile.parse({
    schema: 'cordon/settings/v1',
    slack: { team: 'T0TESTTEAM' },
    aws: { homeRegion, securityAccount },
    accounts,
    people: {},
    channels: { triage: 'C0TRIAGE001', ops: 'C0OPS000001' },
  });
  const settings = withAccounts(file, undefined);
  return { current: async () => settings };
}

/** A log that nobody reads. */
export const SILENT: Log = { debug() {}, info() {}, warn() {}, error() {} };
