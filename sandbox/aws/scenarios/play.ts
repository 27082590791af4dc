import type { Organization } from '../organization.ts';
import type { Scenario } from './scenario.ts';

/** Scenarios that are still to come. */
export class Player {
  private readonly timers = new Set<NodeJS.Timeout>();
  private readonly organization: Organization;
  private readonly report: (problem: string) => void;

  constructor(organization: Organization, report: (problem: string) => void) {
    this.organization = organization;
    this.report = report;
  }

  /** Fires the scenarios evenly over `overMs` of wall time, the first at once. */
  play(scenarios: readonly Scenario[], overMs: number): void {
    const gap = scenarios.length > 1 ? overMs / (scenarios.length - 1) : 0;
    scenarios.forEach((scenario, index) => {
      const timer = setTimeout(() => {
        this.timers.delete(timer);
        this.fire(scenario);
      }, gap * index);
      this.timers.add(timer);
    });
  }

  /** Forgets what is still to come. */
  stop(): void {
    for (const timer of this.timers) clearTimeout(timer);
    this.timers.clear();
  }

  private fire(scenario: Scenario): void {
    try {
      scenario.fire(this.organization, {});
    } catch (error) {
      this.report(`the scenario ${scenario.name} failed: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}
