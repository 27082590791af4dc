import { z } from 'zod';
import type { Organization } from '../organization.ts';
import type { Tree } from '../wire/schemas.ts';

/** What firing a scenario brought into the world. */
export interface Fired {
  readonly scenario: string;
  /** The ids (ARNs) of the findings; the text of the message for one that is none. */
  readonly findings: readonly string[];
  /** The resource they are about, by its plain id. */
  readonly resource: string;
  readonly account: string;
  readonly region: string;
}

/** A scenario: something that happens in the organisation, consistent with what exists in it. */
export interface Scenario {
  readonly name: string;
  readonly summary: string;
  /** Fires it. Throws a ZodError for overrides it does not know, an Error for resources that do not exist. */
  fire(organization: Organization, overrides: Tree): Fired;
}

interface ScenarioSpec<S extends z.ZodType> {
  readonly name: string;
  readonly summary: string;
  /** A strict object in which every member has a default. */
  readonly overrides: S;
  run(organization: Organization, options: z.output<S>): Omit<Fired, 'scenario'>;
}

/** Makes a scenario of its description. */
export function defineScenario<S extends z.ZodType>(spec: ScenarioSpec<S>): Scenario {
  return {
    name: spec.name,
    summary: spec.summary,
    fire: (organization, overrides) => ({
      scenario: spec.name,
      ...spec.run(organization, spec.overrides.parse(overrides)),
    }),
  };
}

/** Members that GuardDuty scenarios share: given again, the same id is the same finding that recurs. */
export const FindingId = z
  .string()
  .regex(/^[0-9a-f]{32}$/)
  .optional();
export const AccountId = z.string().regex(/^\d{12}$/);
