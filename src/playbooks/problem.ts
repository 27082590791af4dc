import { CordonError } from '../domain/errors.ts';

/** One thing that is wrong in a playbook file. */
export interface PlaybookProblem {
  /** As the file was found, e.g. `playbooks/iam/access-key-compromise.yaml`. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** `phases.contain.off.action.use`; empty for the whole file. */
  readonly field: string;
  readonly message: string;
  readonly hint: string;
}

/** Thrown when the newest set of playbooks is not valid: all problems at once, nothing loaded. */
export class PlaybooksError extends CordonError {
  readonly problems: readonly PlaybookProblem[];

  constructor(problems: readonly PlaybookProblem[]) {
    const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
    super('playbooks_invalid', `${count} in the playbooks:\n${problems.map(formatProblem).join('\n')}`, {
      hint: 'Correct the files named above; until then no playbook of the new set is used.',
    });
    this.name = 'PlaybooksError';
    this.problems = problems;
  }
}

/** `file:line field: message. Hint.` */
function formatProblem({ file, line, field, message, hint }: PlaybookProblem): string {
  return `${file}:${line}${field === '' ? '' : ` ${field}`}: ${message}. ${hint}`;
}
