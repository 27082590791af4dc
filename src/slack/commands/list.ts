import { accountLabel } from '../../domain/account.ts';
import type { Incident } from '../../domain/incident.ts';
import type { Settings } from '../../domain/settings.ts';
import type { RichLine } from '../cards/parts.ts';
import { mrkdwn, node, strong, utc } from '../escape.ts';
import { STATE_LABELS, severityMark } from '../labels.ts';
import { accountOf } from '../load.ts';
import { listing, misuse } from './answer.ts';
import { type Command, readOptions } from './contract.ts';

const PAGE = 15;
const USAGE = 'list [--all] [--mine] [--account ALIAS] [--page N]';

/** Incidents, newest first; open and acknowledged ones unless asked for all. */
export default {
  name: 'list',
  usage: USAGE,
  summary: 'incidents that are not resolved; --all shows the resolved ones too',
  async run({ deps, person }, words) {
    const { options, rest } = readOptions(words, ['account', 'page']);
    if (rest.length > 0) return misuse(USAGE, `I do not know “${rest[0] ?? ''}”.`);
    const settings = await deps.settings.current();
    const wanted = options.get('account');
    const account =
      wanted === undefined ? undefined : settings.accounts.find((one) => one.alias === wanted || one.id === wanted);
    if (wanted !== undefined && account === undefined) return misuse(USAGE, `No account “${wanted}” in cordon.yaml.`);
    const page = Math.max(1, Number.parseInt(options.get('page') ?? '1', 10) || 1);
    const found = await deps.store.read.incidents.list({
      ...(options.has('all') ? {} : { states: ['open', 'acknowledged'] as const }),
      ...(account === undefined ? {} : { accountId: account.id }),
      ...(options.has('mine') ? { ownerId: person.id } : {}),
      limit: PAGE + 1,
      offset: (page - 1) * PAGE,
    });
    const more = found.length > PAGE ? mrkdwn`There are more: add \`--page ${page + 1}\`.` : undefined;
    return listing(
      page === 1 ? 'Incidents' : `Incidents, page ${page}`,
      found.slice(0, PAGE).map((incident) => incidentLine(incident, settings)),
      more,
    );
  },
} satisfies Command as Command;

function incidentLine(incident: Incident, settings: Settings): RichLine {
  const where = accountLabel(accountOf(settings, incident.accountId), incident.accountId);
  return [
    strong(`${incident.id} ${severityMark(incident)}`),
    node(` ${incident.title}`, 120),
    node(` · ${where} · ${STATE_LABELS[incident.state]} · last seen ${utc(incident.lastSeenAt)}`, 160),
  ];
}
