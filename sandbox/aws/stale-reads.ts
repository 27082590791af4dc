import type { State } from './state/state.ts';

interface Held {
  readonly until: number;
  readonly state: State;
}

/** What reads are shown while a fault plays "eventually consistent". Ends by wall time, whatever the organisation's clock says. */
export class StaleReads {
  private readonly held = new Map<string, Held>();

  /** Reads of this service in this account see `state` for `ms`. */
  hold(service: string, account: string, ms: number, state: State): void {
    this.held.set(`${service}/${account}`, { until: performance.now() + ms, state });
  }

  /** The past that is still shown, or undefined for the present. */
  stateFor(service: string, account: string): State | undefined {
    const found = this.held.get(`${service}/${account}`);
    if (!found) return undefined;
    if (performance.now() < found.until) return found.state;
    this.held.delete(`${service}/${account}`);
    return undefined;
  }

  clear(): void {
    this.held.clear();
  }
}
