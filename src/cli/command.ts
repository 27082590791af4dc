import type { parseArgs } from 'node:util';
import type { Config, Paths } from '../config.ts';
import type { Account } from '../domain/account.ts';
import type { Actor } from '../domain/audit.ts';
import type { Deps } from '../ports.ts';

/** 0 done · 1 it did not work or something is wrong · 2 wrong usage · 69 Cordon cannot be reached · 78 wrong configuration. */
export const EXIT = { ok: 0, failed: 1, usage: 2, unavailable: 69, config: 78 } as const;

/** The options a command takes beside the common ones, as node:util's parseArgs wants them. */
export type CommandOptions = NonNullable<NonNullable<Parameters<typeof parseArgs>[0]>['options']>;

/** What every command is handed. */
export interface CliBase {
  /** Words after the command's name. */
  readonly args: readonly string[];
  readonly flags: Readonly<Record<string, string | boolean | undefined>>;
  /** The caller's working directory; the process that runs the command may have another. */
  readonly cwd: string;
  readonly paths: Paths;
  /** Every command, for help. */
  readonly commands: readonly Command[];
  readonly json: boolean;
  /** True when the caller's output is a terminal and NO_COLOR is not set. Colour is never the only sign. */
  readonly color: boolean;
  /** Writes a line to the caller's standard output. */
  out(line: string): void;
  /** Writes a line to the caller's standard error. */
  err(line: string): void;
}

/** What the commands need of the wired product beside `Deps`; wire.ts hands it in. */
export interface CliTools {
  /** The ExternalId that the account's roles must ask for. */
  externalId(account: Account): string;
  /** Takes over the list of accounts that has just been stored. */
  lookAtOrganization(): Promise<void>;
  /** Each resolves with a few words when all is well and throws (best a CordonError with its hint) when not. */
  readonly probes: {
    /** The findings queue in AWS. */
    findingsQueue(): Promise<string>;
    /** The job queue. */
    jobs(): Promise<string>;
    slack(): Promise<string>;
    /** The Slack user groups that cordon.yaml names. */
    usergroups(wanted: readonly { readonly name: string; readonly id: string }[]): Promise<string>;
    /** The role that writes notes to findings. */
    findingsRole(): Promise<string>;
  };
}

/** What a command that works on the store is handed. */
export interface CliContext extends CliBase {
  readonly deps: Deps;
  readonly config: Config;
  readonly tools: CliTools;
  /** The operating-system user who typed the command. */
  readonly actor: Actor;
}

interface CommandFrame {
  /** The subcommand; equal to the file's name. */
  readonly name: string;
  /** The forms after the name, one a line; empty when it takes nothing. */
  readonly usage: readonly string[];
  /** One sentence for the list of commands. */
  readonly summary: string;
  readonly options?: CommandOptions;
}

/** `needs: 'nothing'` never opens the store and runs in the caller's process; `needs: 'product'` runs in the product when one is running. */
export type Command =
  | (CommandFrame & { readonly needs: 'nothing'; run(context: CliBase): Promise<number> })
  | (CommandFrame & { readonly needs: 'product'; run(context: CliContext): Promise<number> });

/** Thrown by a command that was called wrongly; its usage is shown and the exit code is 2. */
export class UsageError extends Error {}
