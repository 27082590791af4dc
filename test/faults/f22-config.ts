import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineFault } from './support/fault.ts';
import { endOf } from './support/one-start.ts';

const EXIT_CONFIG = 78;

/** Environments that cannot be meant, and words that the refusal must say. */
const CASES: readonly { readonly environment: Readonly<Record<string, string>>; readonly words: readonly string[] }[] =
  [
    { environment: { SLACK_BOT_TOKEN: '' }, words: ['SLACK_BOT_TOKEN'] },
    {
      environment: { CORDON_QUEUE_URL: 'http://queue.example/1/x', SLACK_APP_TOKEN: 'nonsense' },
      words: ['CORDON_QUEUE_URL', 'SLACK_APP_TOKEN'],
    },
    { environment: { REDIS_URL: 'redis://127.0.0.1:1', DATABASE_URL: '' }, words: ['DATABASE_URL'] },
    { environment: { CORDON_HTTP_PORT: 'eighty' }, words: ['CORDON_HTTP_PORT'] },
    { environment: { CORDON_CONFIG: 'unknown-key' }, words: ['acounts'] },
    { environment: { CORDON_CONFIG: 'no-yaml' }, words: ['cordon'] },
  ];
const FILES: Readonly<Record<string, string>> = {
  'unknown-key': 'schema: cordon/settings/v1\nacounts: []\n',
  'no-yaml': 'schema: [\n',
};

export default defineFault({
  id: 'F22',
  title: 'settings that are not valid, at the start',
  engines: ['pglite'],
  seeds: 1,
  trials: () => CASES.map((_, seed) => ({ name: `case ${seed + 1}`, seed })),
  async run(bench, { seed }) {
    const one = CASES[seed];
    if (!one) throw new Error('there is no such case');
    const name = one.environment['CORDON_CONFIG'];
    const file = name === undefined ? undefined : join(bench.folder, `${name}.yaml`);
    if (file !== undefined && name !== undefined) writeFileSync(file, FILES[name] ?? '');
    const { how, output } = await endOf(bench, `case-${seed}`, {
      ...one.environment,
      ...(file && { CORDON_CONFIG: file }),
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
  },
});
