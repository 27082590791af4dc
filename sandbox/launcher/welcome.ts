export interface Addresses {
  readonly page: string;
  readonly awsControl: string;
  readonly dataDir: string;
  readonly kept: boolean;
  /** Time over which findings arrive; null when none are sent. */
  readonly playMilliseconds: number | null;
}

/** What a person sees when everything runs. */
export function welcomeText({ page, awsControl, dataDir, kept, playMilliseconds }: Addresses): string {
  const findings =
    playMilliseconds === null
      ? 'no findings are sent (--no-play)'
      : `findings arrive in #sec-triage over ${Math.round(playMilliseconds / 1000)} seconds`;
  return `
  Cordon is running in a sandbox: a simulated AWS organisation and a simulated Slack, all on this machine.

  Open        ${page}

  Try this    ${findings}
              1. as Rina (responder), open the card of the access key, run the step that deactivates it, ask for approval
              2. as Alice or Bo (approvers), review that plan and approve it; watch it run and be verified
              3. close the public bucket the same way and roll it back: the undo re-exposes, so two people must agree
              4. as Oscar (no role), click anything: you are refused, told why, and it is audited

  AWS log     ${awsControl}/log   every call that reached the simulated AWS
  Data        ${dataDir}${kept ? '' : '   (removed at the end; keep it with --data-dir DIR)'}
  Commands    CORDON_DATA_DIR=${dataDir} npm run -s cordon -- status

  Ctrl-C stops everything.
`;
}
