/** Takes the lock of a directory, says so, and holds it until it is killed; or says who has it and ends. */
import { CordonError } from '../../../src/domain/errors.ts';
import { lockDirectory } from '../../../src/store/directory-lock.ts';

const [directory = ''] = process.argv.slice(2);
try {
  await lockDirectory(directory);
  console.log('held');
  setInterval(() => undefined, 1_000);
} catch (error) {
  console.log('refused', error instanceof CordonError ? `${error.code} ${error.hint}` : String(error));
}
