import type { ModalView } from '@slack/types';
import type { Submission } from '../inbound.ts';
import type { Visitor } from '../visitor.ts';

/** What a modal's submission is answered with. */
export type SubmissionAnswer =
  | { readonly kind: 'close' }
  | { readonly kind: 'show'; readonly view: ModalView }
  | { readonly kind: 'errors'; readonly errors: Readonly<Record<string, string>> };

/** A modal that can be submitted: one file of this folder each, default export. */
export interface SubmittableModal {
  readonly callbackId: string;
  /** Title of the modals that say how it went. */
  readonly title: string;
  /** Checks the fields alone, at once; errors by block id. */
  check(submission: Submission): Readonly<Record<string, string>>;
  /** Does what was asked; state, rights and hash are read again in the flow's own transaction. */
  submit(visitor: Visitor, submission: Submission): Promise<SubmissionAnswer>;
}
