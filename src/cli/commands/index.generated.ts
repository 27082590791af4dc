// Written by scripts/generators/cli-index.ts from the files beside it; do not edit.
import type { Command } from '../command.ts';
import accounts from './accounts.ts';
import approvals from './approvals.ts';
import audit from './audit.ts';
import doctor from './doctor.ts';
import help from './help.ts';
import iam from './iam.ts';
import ingest from './ingest.ts';
import list from './list.ts';
import match from './match.ts';
import playbooks from './playbooks.ts';
import policy from './policy.ts';
import quarantine from './quarantine.ts';
import reconcile from './reconcile.ts';
import restoreEpoch from './restore-epoch.ts';
import resume from './resume.ts';
import show from './show.ts';
import status from './status.ts';
import stop from './stop.ts';
import verifyExport from './verify-export.ts';

/** Every subcommand, by name. */
export const COMMANDS: readonly Command[] = [accounts, approvals, audit, doctor, help, iam, ingest, list, match, playbooks, policy, quarantine, reconcile, restoreEpoch, resume, show, status, stop, verifyExport];
