import { withAccounts } from '../../../../src/domain/merge-accounts.ts';
import { SettingsFile, type Settings as SettingsShape } from '../../../../src/domain/settings.ts';

const file = SettingsFile.parse({
  schema: 'cordon/settings/v1',
  slack: { team: 'T0ACMESBX', app: 'A0CORDON001' },
  aws: { homeRegion: 'eu-west-1', securityAccount: '222222222222' },
  accounts: [
    {
      id: '333333333331',
      alias: 'prod-payments',
      environment: 'prod',
      owners: ['U0ALICE0001'],
      regions: ['eu-west-1'],
    },
    {
      id: '555555555551',
      alias: 'dev-playground',
      environment: 'dev',
      owners: ['U0BO0000001'],
      regions: ['eu-west-1'],
      act: false,
    },
  ],
  people: {
    responders: ['U0RINA00001'],
    approvers: ['U0ALICE0001', 'U0BO0000001'],
    operators: ['U0ALICE0001', 'U0BO0000001'],
  },
  channels: { triage: 'C0TRIAGE001', ops: 'C0SECOPS001' },
});

/** A small cordon.yaml of the made-up organisation. */
export const Settings: SettingsShape = withAccounts(file, undefined);
