import { memoryStore } from '../../support/memory-store.ts';
import { racesSuite } from '../../support/suites/races.ts';

racesSuite(memoryStore, 100);
