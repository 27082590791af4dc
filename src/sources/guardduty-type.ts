/** `Purpose:Resource-Rest` after any number of namespace segments; four old types keep the slash. */
const WHOLE = /(?:^|\/)([A-Z][A-Za-z0-9]*):([A-Z][A-Za-z0-9]*)[-/](\S{1,150})$/;
/** `Resource-Rest` alone, when the import dropped the purpose. */
const WITHOUT_PURPOSE = /^([A-Z][A-Za-z0-9]*)-(\S{1,150})$/;

/** Namespace segments that name an ATT&CK tactic, and the purpose that GuardDuty writes for it. */
const PURPOSES: ReadonlyMap<string, string> = new Map(
  [
    'Collection',
    'Credential Access',
    'Defense Evasion',
    'Defense Impairment',
    'Discovery',
    'Execution',
    'Exfiltration',
    'Impact',
    'Initial Access',
    'Lateral Movement',
    'Persistence',
    'Privilege Escalation',
    'Resource Development',
  ].map((tactic) => [tactic, tactic.replaceAll(' ', '')]),
);

/** Security Hub adds a suffix to this one. */
const RENAMED: ReadonlyMap<string, string> = new Map([
  ['Trojan:EC2/DNSDataExfiltration!DNS', 'Trojan:EC2/DNSDataExfiltration'],
]);

/**
 * The GuardDuty (or Macie) type that ASFF's `Types` were made from; undefined when none of them shows one. The number of segments says nothing
 * (`TTPs/Policy:S3-...` has two) and neither does the namespace (`Effects/...` or `TTPs/...` by role), so only the last part is read.
 */
export function guardDutyType(types: readonly string[]): string | undefined {
  for (const entry of types) {
    const [, purpose, resource, rest] = WHOLE.exec(entry) ?? [];
    if (purpose === undefined) continue;
    const type = `${purpose}:${resource}/${rest}`;
    return RENAMED.get(type) ?? type;
  }
  return types.map(withoutPurpose).find((type) => type !== undefined);
}

function withoutPurpose(entry: string): string | undefined {
  const segments = entry.split('/');
  const [, resource, rest] = WITHOUT_PURPOSE.exec(segments.at(-1) ?? '') ?? [];
  const purpose = PURPOSES.get(segments.at(-2) ?? '');
  return resource === undefined || purpose === undefined ? undefined : `${purpose}:${resource}/${rest}`;
}
