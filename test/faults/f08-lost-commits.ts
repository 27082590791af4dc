import { defineFault } from './support/fault.ts';

export default defineFault({
  id: 'F8',
  title: 'a failover that lost the last commits',
  engines: ['pglite', 'redis'],
  seeds: 1,
  trials: () => [{ name: 'not yet', seed: 0 }],
  run: async () => ({
    pending: 'the comparison of the journal with what AWS shows (cordon reconcile) is not built yet',
  }),
});
