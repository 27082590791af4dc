export interface Addresses {
  readonly page: string;
  readonly awsControl: string;
  readonly dataDir: string;
  readonly kept: boolean;
  readonly playing: boolean;
}

/** What a person sees when everything runs. */
export function welcomeText({ page, awsControl, dataDir, kept, playing }: Addresses): string {
  return `
  Cordon is running in a sandbox: a simulated AWS organisation and a simulated Slack, all on this machine.

  Open        ${page}

  Try this    ${playing ? 'findings arrive in #sec-triage over the first half minute' : 'no findings are sent (--no-play)'}
              1. as Rina (responder), open a card and run a step, e.g. deactivate the access key; ask for approval
              2. as Alice or Bo (approvers), review the plan and approve it; watch it run and be verified
              3. as Rina, roll it back; another approver has to agree
              4. as Oscar (no role), click anything: you are refused, told why, and it is audited

  AWS log     ${awsControl}/log   every call that reached the simulated AWS
  Data        ${dataDir}${kept ? '' : '   (removed at the end; keep it with --data-dir DIR)'}
  Commands    CORDON_DATA_DIR=${dataDir} npm run -s cordon -- status

  Ctrl-C stops everything.
`;
}
