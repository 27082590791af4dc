import type { Account, LeftOut } from './account.ts';
import { hashOf } from './json.ts';
import type { OrganizationAccount, OrganizationList } from './organization.ts';
import { PersonId, type Settings, type SettingsFile } from './settings.ts';

const ALIAS_LIMIT = 60;
/** What an environment may look like when it comes from a tag. */
const ENVIRONMENT = /^[\w .:/=+@-]{1,30}$/;

/**
 * The settings with every account that Cordon may look into: those of cordon.yaml, which win, and those that AWS Organizations lists. What may not be entered stands
 * apart, under `leftOut`, so that nobody finds it among the accounts. Before the organization has been read, an account whose unit decides is left out.
 */
export function withAccounts(file: SettingsFile, read: OrganizationList | undefined): Settings {
  const organization = file.organization.discover ? read : undefined;
  const known = new Map(organization?.accounts.map((account) => [account.id, account]));
  const listed = file.accounts.map((entry) => fromFile(file, entry, known.get(entry.id), organization));
  const aliases = new Set(listed.map((account) => account.alias));
  const ids = new Set(listed.map((account) => account.id));
  const discovered = [...known.values()]
    .filter((account) => !ids.has(account.id))
    .map((account) => fromOrganization(file, account, aliases, organization));

  const accounts: Account[] = [];
  const leftOut: LeftOut[] = [];
  for (const account of [...listed, ...discovered]) {
    const because = whyLeftOut(file, account.id, known.get(account.id));
    if (because === undefined) accounts.push(account);
    else leftOut.push({ account: { ...account, act: false }, because });
  }
  return { ...file, accounts, leftOut, hash: hashOf({ file, accounts, leftOut }) };
}

function fromFile(
  file: SettingsFile,
  { environment, externalId, regions, ...entry }: SettingsFile['accounts'][number],
  known: OrganizationAccount | undefined,
  organization: OrganizationList | undefined,
): Account {
  const management = entry.management || entry.id === organization?.managementId;
  return {
    ...entry,
    management,
    act: entry.act && !management,
    regions: regions ?? [file.aws.homeRegion],
    ...(environment === undefined ? {} : { environment }),
    ...(externalId === undefined ? {} : { externalId }),
    ...(known === undefined ? {} : { unit: unitOf(known) }),
  };
}

function fromOrganization(
  file: SettingsFile,
  known: OrganizationAccount,
  aliases: Set<string>,
  organization: OrganizationList | undefined,
): Account {
  const { ownersTag, environmentTag, regions } = file.organization;
  const management = known.id === organization?.managementId;
  const owners = ownersOf(ownersTag === undefined ? undefined : known.tags[ownersTag]);
  const environment = environmentTag === undefined ? undefined : known.tags[environmentTag];
  const fits = environment !== undefined && ENVIRONMENT.test(environment);
  const notes = [
    ...owners.wrong.map((word) => `its tag ${ownersTag ?? ''} holds “${word}”, which is no Slack member id`),
    ...(environment !== undefined && !fits ? [`its tag ${environmentTag ?? ''} is no environment`] : []),
  ];
  return {
    id: known.id,
    alias: aliasOf(known, aliases),
    ...(fits ? { environment } : {}),
    owners: owners.ids,
    regions: regions ?? [file.aws.homeRegion],
    act: !management && known.id !== file.aws.securityAccount && actsIn(file, known),
    management,
    from: 'organization',
    unit: unitOf(known),
    ...(notes.length === 0 ? {} : { notes }),
  };
}

/** A discovered account is observed only, unless the settings say otherwise for all, for it, or for its unit. */
function actsIn({ organization: { act } }: SettingsFile, account: OrganizationAccount): boolean {
  return typeof act === 'boolean' ? act : isIn(act, account.id, account);
}

/** The account's name in what an alias may hold, made unlike every other by its id where it has to be. */
function aliasOf({ id, name }: OrganizationAccount, taken: Set<string>): string {
  const plain = name.replace(/[^\p{L}\p{N} ._()&+-]/gu, '').trim();
  const short = plain === '' ? id : plain.slice(0, ALIAS_LIMIT);
  const alias = taken.has(short) ? `${short.slice(0, ALIAS_LIMIT - id.length - 1)}-${id}` : short;
  taken.add(alias);
  return alias;
}

/** Slack member ids in a tag, with a space, colon, slash or plus between them: a tag's value knows no comma. */
function ownersOf(tag: string | undefined): { readonly ids: readonly string[]; readonly wrong: readonly string[] } {
  const words = (tag ?? '').split(/[\s:/+]+/).filter((word) => word !== '');
  const isPerson = (word: string): boolean => PersonId.safeParse(word).success;
  return { ids: [...new Set(words.filter(isPerson))], wrong: words.filter((word) => !isPerson(word)) };
}

/** `Workloads / Production`; the root goes without saying. */
function unitOf({ units }: OrganizationAccount): string {
  return units.length === 0
    ? 'unknown'
    : units
        .slice(1)
        .map((unit) => unit.name)
        .join(' / ') || 'root';
}

/** Whether an account that AWS Organizations lists may be entered. */
export function mayEnter(file: Pick<SettingsFile, 'organization'>, account: OrganizationAccount): boolean {
  return whyLeftOut(file, account.id, account) === undefined;
}

type AccountSet = SettingsFile['organization']['exclude'];

function isIn(set: AccountSet, id: string, known: OrganizationAccount | undefined): boolean {
  return set.accounts.includes(id) || (known?.units.some((unit) => set.units.includes(unit.id)) ?? false);
}

/** Undefined when the account may be entered. What is excluded stays so, whatever includes it; what cannot be known leaves out. */
function whyLeftOut(
  { organization: { include, exclude } }: Pick<SettingsFile, 'organization'>,
  id: string,
  known: OrganizationAccount | undefined,
): LeftOut['because'] | undefined {
  if (isIn(exclude, id, known)) return 'excluded';
  const unitKnown = known !== undefined && known.units.length > 0;
  if (exclude.units.length > 0 && !unitKnown) return 'unit-unknown';
  const all = include.accounts.length + include.units.length === 0;
  if (!all && !isIn(include, id, known)) {
    return include.units.length > 0 && !unitKnown ? 'unit-unknown' : 'not-included';
  }
  return known === undefined || known.state === 'ACTIVE' ? undefined : known.state;
}
