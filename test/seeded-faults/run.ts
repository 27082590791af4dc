/**
 * `npm run seeded-faults -- [--only NAME,…] [--json]`: builds each seeded fault into a copy of the product, one at a time, and shows which assertion of the ordinary
 * suite catches it while the product as it is passes. Exit code 1 when one is not caught, or its place in the sources has changed.
 */
import { parseArgs } from 'node:util';
import type { SeededFault } from './fault.ts';
import { SEEDED_FAULTS } from './list.ts';
import { type Tried, tryFaults } from './try-faults.ts';

const { values } = parseArgs({ options: { only: { type: 'string' }, json: { type: 'boolean', default: false } } });
const began = performance.now();
const tried = await tryFaults(asked(values.only));
const seconds = Math.round((performance.now() - began) / 100) / 10;
const caught = tried.filter((one) => one.caught).length;

if (values.json)
  for (const { fault, ...verdict } of tried)
    process.stdout.write(`${JSON.stringify({ fault: fault.id, ...verdict, caughtBy: fault.caughtBy })}\n`);
else process.stdout.write(`${tried.map(told).join('\n')}\n${caught} of ${tried.length} caught in ${seconds} s\n`);
process.exitCode = caught === tried.length ? 0 : 1;

function asked(only: string | undefined): readonly SeededFault[] {
  if (only === undefined) return SEEDED_FAULTS;
  return only.split(',').map((id) => {
    const fault = SEEDED_FAULTS.find((one) => one.id === id);
    if (fault === undefined)
      throw new Error(`there is no fault ${id}; known: ${SEEDED_FAULTS.map((one) => one.id).join(', ')}`);
    return fault;
  });
}

function told({ fault, caught: isCaught, why, message }: Tried): string {
  const { file, test, assertion } = fault.caughtBy;
  const result = isCaught ? `${message}` : `NOT CAUGHT: ${why}`;
  return `${isCaught ? 'caught' : 'MISSED'}  ${fault.title}\n        ${file}: ${test}\n        ${assertion}: ${result}`;
}
