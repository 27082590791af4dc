// Written by scripts/generators/slack.ts from the files beside it; do not edit.
import type { Command } from './contract.ts';
import accounts from './accounts.ts';
import approvals from './approvals.ts';
import help from './help.ts';
import list from './list.ts';
import playbook from './playbook.ts';
import policy from './policy.ts';
import resume from './resume.ts';
import show from './show.ts';
import status from './status.ts';
import stop from './stop.ts';

/** Every subcommand of the slash command. */
export const COMMANDS: readonly Command[] = [accounts, approvals, help, list, playbook, policy, resume, show, status, stop];
