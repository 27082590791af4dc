import { backlog } from './backlog.ts';
import { openSecurityGroup, passedControl, publicBucket, publicBucketStandards } from './controls.ts';
import { databaseLogin, publicDatabase, publicDatabaseSnapshot } from './databases.ts';
import { commandAndControl, hostileText, portProbe, unknownType } from './instances.ts';
import { keyCompromise } from './key-compromise.ts';
import { miningFunction } from './mining-function.ts';
import { consoleSample, unreadable } from './others.ts';
import type { Scenario } from './scenario.ts';
import { trailStopped } from './trail-stopped.ts';

const SCENARIOS: readonly Scenario[] = [
  keyCompromise,
  publicBucket,
  publicBucketStandards,
  commandAndControl,
  openSecurityGroup,
  trailStopped,
  miningFunction,
  portProbe,
  consoleSample,
  passedControl,
  unknownType,
  hostileText,
  unreadable,
  publicDatabase,
  publicDatabaseSnapshot,
  databaseLogin,
  backlog,
];

/** Every scenario by its name. */
export const SCENARIOS_BY_NAME: ReadonlyMap<string, Scenario> = new Map(
  SCENARIOS.map((scenario) => [scenario.name, scenario]),
);

/** The scripts of `play`: scenarios in the order in which they are spread over the time. */
export const SCRIPTS = {
  'first-minute': [
    keyCompromise,
    publicBucket,
    commandAndControl,
    consoleSample,
    openSecurityGroup,
    passedControl,
    portProbe,
    hostileText,
    unknownType,
    unreadable,
  ],
} as const satisfies Record<string, readonly Scenario[]>;
