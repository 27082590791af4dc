import { defineFault } from './support/fault.ts';

export default defineFault({
  id: 'F26',
  title: 'the database restored from a backup',
  engines: ['pglite', 'redis'],
  seeds: 1,
  trials: () => [{ name: 'not yet', seed: 0 }],
  run: async () => ({ pending: 'cordon restore-epoch is not built yet' }),
});
