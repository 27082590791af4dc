/** What can go wrong with a Web API call. */
export const CALL_FAULTS = ['429', '5xx', 'timeout', 'timeout-after-accept', 'error'] as const;
type CallFaultKind = (typeof CALL_FAULTS)[number];

/** A fault that waits for its call. */
export interface CallFault {
  readonly method: string;
  readonly kind: CallFaultKind;
  readonly retryAfter: number;
  /** The code to answer with, for kind "error". */
  readonly error: string;
  left: number;
}

/** Faults asked for by the control API and not used up yet. */
export interface Faults {
  add(fault: CallFault): void;
  /** The fault for this call, counted down; undefined when there is none. */
  take(method: string): CallFault | undefined;
  /** The next `times` envelopes of this type ("*" for any) are delivered twice. */
  duplicateNext(type: string, times: number): void;
  takeDuplicate(type: string): boolean;
  pending(): readonly CallFault[];
  clear(): void;
}

/** No faults at first. */
export function createFaults(): Faults {
  let calls: CallFault[] = [];
  const duplicates = new Map<string, number>();
  function take(method: string): CallFault | undefined {
    const fault = calls.find((candidate) => candidate.method === method || candidate.method === '*');
    if (!fault) return undefined;
    fault.left -= 1;
    calls = calls.filter((candidate) => candidate.left > 0);
    return fault;
  }
  function takeDuplicate(type: string): boolean {
    const key = [type, '*'].find((candidate) => (duplicates.get(candidate) ?? 0) > 0);
    if (key === undefined) return false;
    duplicates.set(key, (duplicates.get(key) ?? 0) - 1);
    return true;
  }
  return {
    add: (fault) => void calls.push(fault),
    take,
    duplicateNext: (type, times) => void duplicates.set(type, times),
    takeDuplicate,
    pending: () => calls,
    clear() {
      calls = [];
      duplicates.clear();
    },
  };
}
