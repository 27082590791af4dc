import { catalogRows } from './catalog.ts';

/** A control as the catalogue spells it, and as it came. `control` is absent when nothing maps to a security control. */
export interface ResolvedControl {
  readonly control?: string;
  readonly raw?: string;
  /** `cis-aws-foundations-benchmark/v/1.2.0`. */
  readonly standard?: string;
}

/** Where a finding may name its control; the first that leads somewhere wins. */
export interface ControlMarks {
  /** `Compliance.SecurityControlId`. */
  readonly securityControlId?: string | undefined;
  /** `GeneratorId`, `ProductFields.StandardsControlArn`, `Id`, and the like. */
  readonly spellings: readonly string[];
}

const CONTROL = /^[A-Za-z][A-Za-z0-9]*\.\d{1,3}$/;
/** `security-control/EC2.19`, also inside an ARN. */
const CONSOLIDATED = /(?:^|:)security-control\/([^/]+)/;
/** `STANDARD/v/VERSION/ID`, `...ruleset/STANDARD/v/VERSION/rule/ID`, `...control/STANDARD/v/VERSION/ID`, `...subscription/STANDARD/v/VERSION/ID/finding/...`. */
const OF_STANDARD =
  /(?:^|[/:])((?!ruleset\/)[A-Za-z0-9-]+\/v\/[0-9][0-9.]*)\/(?:rule\/)?([A-Za-z0-9.]+)(?=$|\/finding\/)/;

/** The security control of a Security Hub finding, whichever of its four spellings it uses. Ids are compared without regard to case. */
export function resolveControl(marks: ControlMarks): ResolvedControl {
  if (marks.securityControlId !== undefined) {
    const control = known('-', marks.securityControlId) ?? plain(marks.securityControlId);
    if (control !== undefined) return { control, raw: marks.securityControlId };
  }
  let unresolved: ResolvedControl = {};
  for (const spelling of marks.spellings) {
    const found = resolveSpelling(spelling);
    if (found.control !== undefined) return found;
    if (unresolved.raw === undefined) unresolved = found;
  }
  return unresolved;
}

function resolveSpelling(spelling: string): ResolvedControl {
  const consolidated = CONSOLIDATED.exec(spelling)?.[1];
  if (consolidated !== undefined) return withControl(known('-', consolidated) ?? plain(consolidated), consolidated);
  const [, standard, raw] = OF_STANDARD.exec(spelling) ?? [];
  if (standard === undefined || raw === undefined) return {};
  // Control Tower's copy of a control carries a prefix in some fields.
  const id = raw.replace(/^CT\./i, '');
  // CIS and PCI number their own way (`1.4`, `PCI.S3.2`): without a row there is no telling which control is meant, and `plain` refuses them.
  return withControl(known(standard, id) ?? plain(id), raw, standard);
}

function withControl(control: string | undefined, raw: string, standard?: string): ResolvedControl {
  return { raw, ...(control === undefined ? {} : { control }), ...(standard === undefined ? {} : { standard }) };
}

/** A control newer than the catalogue keeps its own spelling. */
function plain(id: string): string | undefined {
  return CONTROL.test(id) ? id : undefined;
}

function known(standard: string, id: string): string | undefined {
  const { aliases, controls } = tables();
  const direct = aliases.get(`${standard} ${id}`.toLowerCase()) ?? aliases.get(`- ${id}`.toLowerCase());
  return direct ?? controls.get(id.toLowerCase());
}

interface Tables {
  /** `standard id` in lower case -> security control id. */
  readonly aliases: ReadonlyMap<string, string>;
  /** Id in lower case -> as AWS spells it. */
  readonly controls: ReadonlyMap<string, string>;
}
let loaded: Tables | undefined;

function tables(): Tables {
  loaded ??= {
    aliases: new Map(
      catalogRows('control-aliases.tsv').map(([standard = '', id = '', control = '']) => [
        `${standard} ${id}`.toLowerCase(),
        control,
      ]),
    ),
    controls: new Map(catalogRows('securityhub-controls.tsv').map(([id = '']) => [id.toLowerCase(), id])),
  };
  return loaded;
}
