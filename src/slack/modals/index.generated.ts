// Written by scripts/generators/slack.ts from the files beside it; do not edit.
import type { SubmittableModal } from './contract.ts';
import deny from './deny.ts';
import plan from './plan.ts';
import resolve from './resolve.ts';
import review from './review.ts';

/** Every modal that can be submitted. */
export const MODALS: readonly SubmittableModal[] = [deny, plan, resolve, review];
