import type { Rung } from '../domain/incident.ts';
import type { LoadedPlaybook } from '../domain/playbook.ts';

/** Which playbook takes a finding, and why. */
export interface MatchResult {
  readonly primary: {
    readonly playbook: LoadedPlaybook;
    readonly rung: Rung;
    /** The rule's text, e.g. `guardduty type Recon:IAMUser/*`. */
    readonly rule: string;
    /** One sentence for people. */
    readonly why: string;
  };
  readonly runnerUp?: { readonly playbookId: string; readonly rung: Rung; readonly rule: string };
  /** Ids of other playbooks whose rules hold too. */
  readonly seeAlso: readonly string[];
}
