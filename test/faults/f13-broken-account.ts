import { instanceId } from '../../sandbox/aws/seed/names.ts';
import { defineFault, seedsOf } from './support/fault.ts';
import { callsSince, mark } from './support/judge.ts';
import { disturbedRun } from './support/run-trial.ts';

/** The sandbox's account whose role has a mistyped ExternalId. */
const BROKEN = '444444444442';

export default defineFault({
  id: 'F13',
  title: 'one account whose role cannot be assumed, beside others',
  engines: ['pglite', 'redis'],
  seeds: 2,
  trials: seedsOf,
  async run(bench, trial) {
    const before = await mark(bench);
    const instances = Object.keys(Object(await bench.story.awsState(`${BROKEN}/eu-west-1/instances`)));
    const instance = instances[0] ?? instanceId(BROKEN, 'none');
    await bench.story.fire('command-and-control', { account: BROKEN, instanceId: instance });
    const card = await bench.story.card(instance);
    let refusal = '';
    const verdict = await disturbedRun(bench, trial, {
      story: 'key',
      async strike() {
        const from = performance.now();
        refusal = await bench.story.refusedPlan(card, 'Isolate', 'sam');
        return from;
      },
      async after() {
        const calls = (await callsSince(bench, before)).filter((call) => call.operation === 'AssumeRole');
        const dead = calls.filter((call) => JSON.stringify(call).includes(`:${BROKEN}:`)).length;
        return {
          'AssumeRole calls to the broken account': dead,
          'the refusal names what to deploy': refusal.includes('member-role') ? 'yes' : 'no',
        };
      },
    });
    if (!verdict) throw new Error('a key can always be asked for');
    return { ...verdict, stuck: verdict.stuck + (refusal.includes('member-role') ? 0 : 1) };
  },
});
