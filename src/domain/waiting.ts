/** Seconds after which what waits for a part of Cordon is ended by the sweeper. */
export const DEADLINES = {
  /** A plan is made in seconds; people wait in front of a window. */
  planning: 10 * 60,
  /** A plan that nobody asks approval for describes yesterday's state. */
  unasked: 24 * 60 * 60,
  /** A delivery that fails again and again is put aside, so that the others are not held up. */
  delivery: 10 * 60,
  /** A message that Slack refuses, not for an outage. */
  message: 24 * 60 * 60,
  /** A role that is not deployed may be mended; the finding is worth a week. */
  writeBack: 7 * 24 * 60 * 60,
} as const;

/** One state that is not an end: who brings it on, by when it ends at the latest, and what it is then. */
export interface Waiting {
  readonly what: 'delivery' | 'incident' | 'run' | 'approval' | 'journal' | 'message' | 'outbox' | 'switch' | 'epoch';
  readonly state: string;
  /** The part of Cordon that works on it, or the people who must. */
  readonly owner: string;
  /** Who notices that nobody does. */
  readonly watchedBy: string;
  /** By when it ends; `people`: when somebody decides, and until then they are shown that it waits. */
  readonly until: string;
  readonly isForPeople: boolean;
  /** What it is after that. */
  readonly becomes: string;
}

/** Every state that is not final, of everything that has states. A test walks it: each row is brought into its state, left alone past its time, and must have ended. */
export const WAITING: readonly Waiting[] = [
  {
    what: 'delivery',
    state: 'received',
    owner: 'triage worker',
    watchedBy: 'sweep wakes it every 10 seconds',
    until: '10 minutes of failures',
    isForPeople: false,
    becomes: 'quarantined',
  },
  {
    what: 'delivery',
    state: 'quarantined',
    owner: 'operators',
    watchedBy: 'the line in the operations channel',
    until: 'somebody replays it',
    isForPeople: true,
    becomes: 'processed',
  },
  {
    what: 'incident',
    state: 'open',
    owner: 'responders',
    watchedBy: 'its card and /cordon list',
    until: 'somebody acknowledges or resolves it, or its source closes it',
    isForPeople: true,
    becomes: 'acknowledged or resolved',
  },
  {
    what: 'incident',
    state: 'acknowledged',
    owner: 'the person who took it',
    watchedBy: 'its card and /cordon list',
    until: 'somebody resolves it, or its source closes it',
    isForPeople: true,
    becomes: 'resolved',
  },
  {
    what: 'run',
    state: 'planning',
    owner: 'propose worker',
    watchedBy: 'sweep wakes it every 10 seconds',
    until: '10 minutes',
    isForPeople: false,
    becomes: 'refused',
  },
  {
    what: 'run',
    state: 'planned',
    owner: 'the responder who asked for it; once approval is asked for, the request',
    watchedBy: 'sweep',
    until: '24 hours, or the end of the request',
    isForPeople: false,
    becomes: 'cancelled',
  },
  {
    what: 'run',
    state: 'approved',
    owner: 'remediate worker',
    watchedBy: 'sweep wakes it every 10 seconds',
    until: 'the end of the request’s time',
    isForPeople: false,
    becomes: 'cancelled',
  },
  {
    what: 'run',
    state: 'executing',
    owner: 'the worker that holds its lease of 6 seconds',
    watchedBy: 'sweep, when the lease has run out',
    until: '10 tries; a restored database waits for restore-epoch',
    isForPeople: false,
    becomes: 'needs-human',
  },
  {
    what: 'run',
    state: 'verifying',
    owner: 'the worker that holds its lease of 6 seconds',
    watchedBy: 'sweep, when the lease has run out',
    until: '10 tries; a restored database waits for restore-epoch',
    isForPeople: false,
    becomes: 'needs-human',
  },
  {
    what: 'approval',
    state: 'pending',
    owner: 'approvers, reminded twice',
    watchedBy: 'sweep',
    until: 'its time, 30 minutes unless the settings say otherwise',
    isForPeople: false,
    becomes: 'expired',
  },
  {
    what: 'approval',
    state: 'approved',
    owner: 'remediate worker',
    watchedBy: 'sweep',
    until: 'the same time',
    isForPeople: false,
    becomes: 'expired',
  },
  {
    what: 'journal',
    state: 'intent',
    owner: 'the worker of its run, which reads back first',
    watchedBy: 'its run',
    until: 'the end of its run',
    isForPeople: false,
    becomes: 'done, failed, or left with a run that needs a person',
  },
  {
    what: 'message',
    state: 'undelivered',
    owner: 'notify worker',
    watchedBy: 'sweep wakes it every 10 seconds; the line in the operations channel',
    until: '24 hours of refusals, a write-back 7 days; an outage is waited for',
    isForPeople: false,
    becomes: 'given up, and said so in the operations channel',
  },
  {
    what: 'outbox',
    state: 'unsent',
    owner: 'the relay of every process',
    watchedBy: 'the line in the operations channel',
    until: 'the queue answers; sweep wakes what it is about in any case',
    isForPeople: true,
    becomes: 'sent',
  },
  {
    what: 'switch',
    state: 'stopped',
    owner: 'operators',
    watchedBy: 'the line in the operations channel',
    until: 'two people resume',
    isForPeople: true,
    becomes: 'running',
  },
  {
    what: 'epoch',
    state: 'restored',
    owner: 'operators on the host',
    watchedBy: 'the line in the operations channel, /readyz',
    until: 'restore-epoch',
    isForPeople: true,
    becomes: 'a new epoch',
  },
];
