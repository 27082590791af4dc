import { defineFault } from './support/fault.ts';

export default defineFault({
  id: 'F25',
  title: 'journals of an earlier version go on in this one',
  engines: ['pglite', 'redis'],
  seeds: 1,
  trials: () => [{ name: 'not yet', seed: 0 }],
  run: async () => ({ pending: 'there is no earlier version yet whose journals could be recorded' }),
});
