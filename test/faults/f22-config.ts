import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../support/poll.ts';
import type { Bench } from './support/bench.ts';
import { defineFault, type Result, type Trial } from './support/fault.ts';
import { callsSince, effectsOf, mark } from './support/judge.ts';
import { endOf } from './support/one-start.ts';
import { disturbedRun } from './support/run-trial.ts';
import { cardsOf, findingAbout, inject, pressApprove, rest, STUCK_MS, someInstance } from './support/trial.ts';

const EXIT_CONFIG = 78;

interface Case {
  readonly environment?: Readonly<Record<string, string>>;
  /** A change of the settings that stand beside the bench: what is replaced by what, or the whole text. */
  readonly settings?: string | readonly [was: string, is: string];
  /** What the refusal must say: the variable, or the field. */
  readonly words: readonly string[];
}

/** Things that cannot be meant. */
const CASES: readonly Case[] = [
  { environment: { SLACK_BOT_TOKEN: '' }, words: ['SLACK_BOT_TOKEN'] },
  { environment: { SLACK_BOT_TOKEN: 'xapp-1-A1-1-a' }, words: ['SLACK_BOT_TOKEN'] },
  {
    environment: { CORDON_QUEUE_URL: 'http://queue.example/1/x', SLACK_APP_TOKEN: 'nonsense' },
    words: ['CORDON_QUEUE_URL', 'SLACK_APP_TOKEN'],
  },
  { environment: { CORDON_QUEUE_URL: '' }, words: ['CORDON_QUEUE_URL'] },
  { environment: { CORDON_CONFIG: '' }, words: ['CORDON_CONFIG'] },
  { environment: { CORDON_CONFIG: '/nowhere/cordon.yaml' }, words: ['/nowhere/cordon.yaml'] },
  { environment: { REDIS_URL: 'redis://127.0.0.1:1', DATABASE_URL: '' }, words: ['DATABASE_URL'] },
  { environment: { DATABASE_URL: 'mysql://127.0.0.1/x' }, words: ['DATABASE_URL'] },
  { environment: { CORDON_HTTP_PORT: 'eighty' }, words: ['CORDON_HTTP_PORT'] },
  { environment: { CORDON_HTTP_PORT: '70000' }, words: ['CORDON_HTTP_PORT'] },
  { environment: { CORDON_SLACK_API_URL: 'http://slack.example/api/' }, words: ['CORDON_SLACK_API_URL'] },
  { environment: { CORDON_BACKFILL: 'yesterday' }, words: ['CORDON_BACKFILL'] },
  { settings: 'schema: cordon/settings/v1\nacounts: []\n', words: ['acounts'] },
  { settings: 'schema: [\n', words: ['cordon'] },
  { settings: '', words: ['empty'] },
  { settings: ['cordon/settings/v1', 'cordon/settings/v9'], words: ['schema'] },
  { settings: ['team: T0ACMESBX', 'team: acme'], words: ['slack.team'] },
  { settings: ['homeRegion: eu-west-1', 'homeRegion: Ireland'], words: ['aws.homeRegion'] },
  { settings: ['securityAccount: "222222222222"', 'securityAccount: "22222"'], words: ['aws.securityAccount'] },
  { settings: ['id: "111111111111"', 'id: "222222222222"'], words: ['accounts'] },
  { settings: ['triage: C0TRIAGE001', 'triage: "#triage"'], words: ['channels.triage'] },
  { settings: ['responders: [U0RINA00001, U0SAM000001]', 'responders: [rina]'], words: ['people.responders'] },
  { settings: ['runsPerHour: 5000', 'runsPerHour: -1'], words: ['limits.runsPerHour'] },
  { settings: ['runsPerHour: 5000', 'runsPerHuor: 5'], words: ['runsPerHuor'] },
];

const RELOAD = 'settings become invalid while it runs';

export default defineFault({
  id: 'F22',
  title: 'settings that are not valid, at the start and while it runs',
  engines: ['pglite'],
  seeds: 1,
  trials: () => [...CASES.map((_, seed) => ({ name: `case ${seed + 1}`, seed })), { name: RELOAD, seed: CASES.length }],
  run: (bench, trial) => (trial.name === RELOAD ? reloaded(bench, trial) : refused(bench, trial)),
});

async function refused(bench: Bench, { seed }: Trial): Promise<Result> {
  const one = CASES[seed];
  if (!one) throw new Error('there is no such case');
  const file = join(bench.folder, `case-${seed}.yaml`);
  if (one.settings !== undefined) writeFileSync(file, settingsOf(bench, one.settings));
  const { how, output } = await endOf(bench, `case-${seed}`, {
    ...one.environment,
    ...(one.settings !== undefined && { CORDON_CONFIG: file }),
  });
  const good = how === EXIT_CONFIG && one.words.every((word) => output.includes(word));
  return {
    acked: 0,
    lost: 0,
    duplicated: 0,
    stuck: good ? 0 : 1,
    auditGaps: 0,
    recoveryMs: null,
    figures: good
      ? { 'refused with exit code 78, naming what is wrong': 1 }
      : { instead: `${how}: ${output.slice(0, 300)}` },
  };
}

function settingsOf(bench: Bench, settings: Exclude<Case['settings'], undefined>): string {
  if (typeof settings === 'string') return settings;
  const [was, is] = settings;
  const text = readFileSync(fileOf(bench), 'utf8');
  const changed = text.replace(was, is);
  if (changed === text) throw new Error(`the settings do not say ${was}`);
  return changed;
}

/** With settings that cannot be read nothing is decided or run; findings are still matched and shown by the last good ones. */
async function reloaded(bench: Bench, trial: Trial): Promise<Result> {
  const file = fileOf(bench);
  const valid = readFileSync(file, 'utf8');
  const before = await mark(bench);
  let shownMs = 0;
  let changes = 0;
  try {
    const verdict = await disturbedRun(bench, trial, {
      story: 'key',
      prepare: async () => writeFileSync(file, 'schema: [\n'),
      async strike(requested) {
        const from = performance.now();
        const instance = someInstance();
        await inject(bench, findingAbout(instance));
        await until(
          'the card of a finding that came meanwhile',
          async () => (await cardsOf(bench, instance))[0],
          STUCK_MS,
        );
        shownMs = Math.round(performance.now() - from);
        await rest(3_000);
        changes = effectsOf(await callsSince(bench, before)).length;
        writeFileSync(file, valid);
        const mended = performance.now();
        await rest(1_000);
        await pressApprove(bench, requested, 'bo');
        return mended;
      },
    });
    if (!verdict) throw new Error('a key can always be asked for');
    const figures = {
      ...verdict.figures,
      'a finding shown meanwhile, ms': shownMs,
      'changes in AWS meanwhile': changes,
    };
    return { ...verdict, duplicated: verdict.duplicated + changes, figures };
  } finally {
    writeFileSync(file, valid);
  }
}

function fileOf(bench: Bench): string {
  const file = bench.environment['CORDON_CONFIG'];
  if (file === undefined) throw new Error('the bench has no settings');
  return file;
}
