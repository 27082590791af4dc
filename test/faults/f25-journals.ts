import { notYet } from './support/fault.ts';

export default notYet({
  id: 'F25',
  title: 'journals of an earlier version go on in this one',
  engines: ['pglite', 'redis'],
  pending: 'there is no earlier version yet whose journals could be recorded',
});
