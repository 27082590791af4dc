import { z } from 'zod';
import { type Account, accountLabel } from './account.ts';

/** Ages are told by the last of these that has passed, so that the words change seldom. Seconds. */
const AGES: readonly (readonly [seconds: number, words: string])[] = [
  [60, 'a minute'],
  [300, 'five minutes'],
  [900, 'a quarter of an hour'],
  [3_600, 'an hour'],
  [21_600, 'six hours'],
  [86_400, 'a day'],
  [259_200, 'three days'],
];

/** What is wrong with Cordon itself, as facts: ids, counts and codes, never text from a finding. */
export const HealthEntry = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('stopped'), by: z.string(), at: z.string(), reason: z.string() }),
  z.object({ kind: z.literal('restored'), place: z.string(), seq: z.number() }),
  z.object({ kind: z.literal('not-compared') }),
  z.object({ kind: z.literal('audit-refused') }),
  z.object({ kind: z.literal('settings-invalid') }),
  z.object({ kind: z.literal('playbooks-invalid') }),
  z.object({ kind: z.literal('no-process'), parts: z.array(z.string()) }),
  z.object({ kind: z.literal('slack-down'), processes: z.array(z.string()) }),
  z.object({ kind: z.literal('silence'), hours: z.number(), last: z.string().nullable() }),
  z.object({
    kind: z.literal('feeds'),
    count: z.number(),
    first: z.array(z.object({ name: z.string(), code: z.string() })),
    hint: z.string(),
    over: z.number(),
  }),
  z.object({ kind: z.literal('triage-lag'), over: z.number() }),
  z.object({ kind: z.literal('queue-lag'), over: z.number() }),
  z.object({ kind: z.literal('message-lag'), over: z.number() }),
  z.object({ kind: z.literal('write-back-lag'), over: z.number() }),
  z.object({ kind: z.literal('accounts'), count: z.number(), first: z.array(z.string()) }),
  z.object({ kind: z.literal('quarantine'), count: z.number() }),
]);
export type HealthEntry = z.infer<typeof HealthEntry>;

/** What the operations channel is told; `quietSince` is when the last entry ended. */
export const HealthReport = z.object({ entries: z.array(HealthEntry), quietSince: z.string() });
export type HealthReport = z.infer<typeof HealthReport>;

/** The highest step below that age, for an entry's `over`; 0 below the first. */
export function ageStep(seconds: number): number {
  return AGES.findLast(([step]) => seconds >= step)?.[0] ?? 0;
}

/** An entry in words: what is so, and what to do about it. Both are plain text. */
export interface HealthWords {
  readonly what: string;
  readonly todo: string;
}

export function healthWords(entry: HealthEntry, accounts: readonly Account[]): HealthWords {
  switch (entry.kind) {
    case 'stopped':
      return {
        what: `Stopped by ${entry.by} at ${time(entry.at)}: ${entry.reason}. Nothing in AWS is changed.`,
        todo: 'To go on, two operators say /cordon resume.',
      };
    case 'restored':
      return {
        what: `The database is older than it was: ${entry.place} knows row ${entry.seq} of the audit chain, and the database does not. Nothing in AWS is changed.`,
        todo: 'If it was restored from a backup or failed over: on the host, cordon restore-epoch with a reason. Else somebody has cut the record: cordon audit verify.',
      };
    case 'not-compared':
      return {
        what: 'A place that keeps checkpoints of the audit chain cannot be read, so it is not known whether the database is the newest. Nothing in AWS is changed.',
        todo: 'The log says which and why; mend it, or take it out of audit.checkpoints in cordon.yaml.',
      };
    case 'audit-refused':
      return {
        what: 'The audit chain takes no rows: nothing is approved or run. Findings are still read and shown.',
        todo: 'Look at the log of the database. What was read meanwhile is put on record when it takes rows again.',
      };
    case 'settings-invalid':
      return { what: 'cordon.yaml is not valid: nothing is planned, approved or run.', todo: DOCTOR };
    case 'playbooks-invalid':
      return { what: 'The playbooks are not valid: findings are still matched by the last valid ones.', todo: DOCTOR };
    case 'no-process':
      return {
        what: `No process is alive for: ${entry.parts.join(', ')}.`,
        todo: 'Start it; docs/deploy.md says how. What waits is not lost.',
      };
    case 'slack-down':
      return {
        what: `No connection to Slack from ${entry.processes.join(', ')}.`,
        todo: 'It tries again by itself. If it stays, look at the process’s log and at status.slack.com.',
      };
    case 'silence':
      return {
        what: `No finding has come in for ${entry.hours} hours${entry.last === null ? '' : `, the last at ${time(entry.last)}`}.`,
        todo: 'Look whether EventBridge still fills the queue: the rules of infra/hub.json, and GuardDuty and Security Hub themselves.',
      };
    case 'feeds': {
      const names = entry.first.map(({ name, code }) => `${name} (${code})`);
      const more = entry.count > names.length ? ` and ${entry.count - names.length} more` : '';
      const since = entry.over === 0 ? '' : `, for more than ${age(entry.over)}`;
      return { what: `Cannot be polled: ${names.join(', ')}${more}${since}.`, todo: entry.hint };
    }
    case 'triage-lag':
      return { what: `Findings wait to be read for more than ${age(entry.over)}.`, todo: 'Start more triage workers.' };
    case 'queue-lag':
      return {
        what: `Work has not been handed to the queue for more than ${age(entry.over)}.`,
        todo: 'Look whether Redis or the database answers; nothing is lost.',
      };
    case 'message-lag':
      return {
        what: `Messages wait to be shown in Slack for more than ${age(entry.over)}.`,
        todo: 'Look at status.slack.com and whether the bot is in its channels; /cordon status works all the same.',
      };
    case 'write-back-lag':
      return {
        what: `Findings wait for more than ${age(entry.over)} to be updated in Security Hub or GuardDuty.`,
        todo: 'Run `cordon doctor` on the host: it checks the findings role.',
      };
    case 'accounts': {
      const names = entry.first.map((id) =>
        accountLabel(
          accounts.find((one) => one.id === id),
          id,
        ),
      );
      const more = entry.count > names.length ? ` and ${entry.count - names.length} more` : '';
      return {
        what: `The roles of ${entry.count === 1 ? 'one account' : `${entry.count} accounts`} do not answer: ${names.join(', ')}${more}.`,
        todo: '/cordon accounts says why and what to deploy.',
      };
    }
    case 'quarantine':
      return {
        what: `${entry.count === 1 ? 'One message' : `${entry.count} messages`} could not be read.`,
        todo: 'On the host: cordon quarantine list, then show and replay.',
      };
  }
}

const DOCTOR = 'Run `cordon doctor` on the host: it names the file and the line.';

function age(step: number): string {
  return AGES.find(([seconds]) => seconds === step)?.[1] ?? 'a while';
}

function time(iso: string): string {
  return `${iso.slice(0, 16).replace('T', ' ')} UTC`;
}
