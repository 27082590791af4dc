// Written by scripts/generators/slack.ts from the files beside it; do not edit.
import type { Button } from './contract.ts';
import acknowledge from './acknowledge.ts';
import askAgain from './ask-again.ts';
import deny from './deny.ts';
import resolve from './resolve.ts';
import review from './review.ts';
import rollBack from './roll-back.ts';
import runStep from './run-step.ts';

/** Every button and select of the cards. */
export const BUTTONS: readonly Button[] = [acknowledge, askAgain, deny, resolve, review, rollBack, runStep];
