import type { PlainTextOption, RichTextLink, StaticSelect } from '@slack/types';
import { type Account, accountLabel } from '../../domain/account.ts';
import type { Finding } from '../../domain/finding.ts';
import type { Incident } from '../../domain/incident.ts';
import { hashOf } from '../../domain/json.ts';
import type { Run } from '../../domain/run.ts';
import { LIMITS, type Message } from '../block-limits.ts';
import { findingLink, resourceLink } from '../console-link.ts';
import { clean, count, date, mention, mrkdwn, node, plain, spoken, strong, utc } from '../escape.ts';
import type { StepOption } from '../flow-api.ts';
import {
  RESOLUTION_LABELS,
  RUN_LABELS,
  RUNG_LABELS,
  SOURCE_LABELS,
  STATE_LABELS,
  severityMark,
  subjectOf,
} from '../labels.ts';
import {
  actions,
  type BlockIds,
  blocks,
  button,
  context,
  type Fact,
  facts,
  header,
  list,
  type RichLine,
  some,
} from './parts.ts';

/** All that the incident's card shows. */
export interface IncidentView {
  readonly incident: Incident;
  readonly account: Account | undefined;
  readonly findings: readonly Finding[];
  readonly steps: readonly StepOption[];
  readonly runs: readonly Run[];
  /** Revision of the message, for its block ids. */
  readonly rev: number;
}

/** Longest list of resources and of runs on a card. */
const SHOWN = 4;

/** The incident's one living card: posted when it opens, edited with every change until it is resolved. */
export function incidentCard(view: IncidentView): Message {
  const { incident } = view;
  const ids: BlockIds = { kind: 'card', id: incident.id, rev: view.rev };
  const above = blocks(
    header(ids, `${severityMark(incident)} ${incident.title} · ${view.account?.alias ?? 'unlisted account'}`),
    facts(ids, 'facts', incidentFacts(view)),
    list(ids, 'finding', 'Text from the findings', findingLines(view.findings)),
    runsBlock(ids, view),
  );
  const below = blocks(
    noteBlock(ids, view),
    context(ids, 'foot', [
      mrkdwn`${incident.id} · rev ${incident.rev} · playbook ${incident.playbookId} (${RUNG_LABELS[incident.rung]}): ${clean(incident.why, 200)}`,
    ]),
  );
  const room = LIMITS.messageCharacters - JSON.stringify([...above, ...below]).length - 1_200;
  return { text: incidentText(view), blocks: blocks(...above, actions(ids, incidentButtons(view, room)), ...below) };
}

/** Every fact of the card as sentences, for screen readers and notifications. */
function incidentText(view: IncidentView): string {
  const { incident, account, findings } = view;
  const owner = incident.ownerId === null ? mrkdwn`nobody yet` : mention(incident.ownerId);
  const resources = resourceIds(findings);
  return spoken(
    mrkdwn`${severityMark(incident)} ${incident.title} in ${accountLabel(account, incident.accountId)}, ${incident.region}. ${incident.id} is ${stateText(incident)}, owner: ${owner}. Found by ${SOURCE_LABELS[incident.source]} as ${clean(incident.subject, 120)}: ${count(findings.length, 'finding')} on ${resources.length === 0 ? mrkdwn`no named resource` : some(resources, SHOWN)}. First seen ${utc(incident.firstSeenAt)}, last seen ${utc(incident.lastSeenAt)}. Playbook ${incident.playbookId}.`,
  );
}

function incidentFacts({ incident, account, findings }: IncidentView): readonly Fact[] {
  return [
    { label: 'Account', value: mrkdwn`${accountLabel(account, incident.accountId)}` },
    { label: 'Region', value: mrkdwn`${incident.region}` },
    { label: 'State', value: mrkdwn`${stateText(incident)}` },
    { label: 'Owner', value: incident.ownerId === null ? mrkdwn`nobody yet` : mention(incident.ownerId) },
    { label: 'Found by', value: mrkdwn`${SOURCE_LABELS[incident.source]}, ${clean(incident.subject, 160)}` },
    {
      label: 'Findings',
      value: mrkdwn`${findings.length} (seen ${times(findings.reduce((sum, finding) => sum + finding.count, 0))})`,
    },
    { label: 'First seen', value: date(incident.firstSeenAt) },
    { label: 'Last seen', value: date(incident.lastSeenAt) },
  ];
}

function stateText(incident: Incident): string {
  if (incident.state !== 'resolved' || incident.resolution === null) {
    return incident.reopened > 0
      ? `${STATE_LABELS[incident.state]} (reopened ${times(incident.reopened)})`
      : STATE_LABELS[incident.state];
  }
  return `Resolved: ${RESOLUTION_LABELS[incident.resolution]}`;
}

function resourceIds(findings: readonly Finding[]): readonly string[] {
  return [...new Set(findings.flatMap((finding) => finding.resources.map((resource) => resource.id)))];
}

/** Attacker-writable text, as rich-text nodes only. */
function findingLines(findings: readonly Finding[]): readonly RichLine[] {
  const first = findings[0];
  if (first === undefined) return [[node('No finding is stored for it any more.')]];
  const link = findingLink(first);
  const resources = resourceIds(findings);
  const more = resources.length - SHOWN;
  const page = consolePages(findings);
  return [
    [node(first.title, 240), node(` · ${subjectOf(first)}`, 160), ...(link === undefined ? [] : [node(' · '), link])],
    ...resources.slice(0, SHOWN).map((id): RichLine => {
      const link = page.get(id);
      return [node('Resource: '), strong(id, 200), ...(link === undefined ? [] : [node(' · '), link])];
    }),
    ...(more > 0 ? [[node(`and ${more} more resources`)]] : []),
  ];
}

/** The resources' pages in the console, by id, each in the partition and Region of its finding. */
function consolePages(findings: readonly Finding[]): ReadonlyMap<string, RichTextLink> {
  return new Map(
    findings.flatMap(({ resources, partition, region }) =>
      resources.flatMap((resource) => {
        const link = resourceLink({ ...resource, arn: resource.id }, partition, region);
        return link === undefined ? [] : [[resource.id, link] as const];
      }),
    ),
  );
}

function runsBlock(ids: BlockIds, { runs, steps }: IncidentView) {
  const told = runs.filter((run) => run.state !== 'cancelled');
  if (told.length === 0) return undefined;
  const latest = told.slice(-SHOWN).map((run): RichLine => {
    const title = steps.find((step) => step.stepId === run.request.stepId)?.title ?? run.request.stepId;
    const what = run.plan === null ? title : run.plan.summary;
    const undo = run.request.kind === 'rollback' ? 'Roll back: ' : '';
    return [
      strong(RUN_LABELS[run.state]),
      node(` · ${undo}${what}`, 200),
      node(` · ${run.id}${run.undoneBy === null ? '' : `, undone by ${run.undoneBy}`}`),
    ];
  });
  const older = told.length - latest.length;
  return list(ids, 'runs', older > 0 ? `Runs (the latest ${SHOWN} of ${told.length})` : 'Runs', latest);
}

/** Why there is nothing to press, or less than one would expect. */
function noteBlock(ids: BlockIds, { incident, account, steps }: IncidentView) {
  if (incident.sample)
    return context(ids, 'note', [
      mrkdwn`This is a sample finding: it is shown so that you can see that the way works. No step can be run on it.`,
    ]);
  if (incident.state === 'resolved') {
    return incident.resolutionNote === null || incident.resolutionNote === ''
      ? undefined
      : context(ids, 'note', [mrkdwn`Note: ${incident.resolutionNote}`]);
  }
  if (account === undefined)
    return context(ids, 'note', [
      mrkdwn`This account is not in cordon.yaml: steps cannot be run until it is listed there.`,
    ]);
  const byHand = steps.filter((step) => step.action === null).length;
  const hand =
    byHand === 0
      ? mrkdwn``
      : mrkdwn` By hand: ${count(byHand, 'step')} of the playbook, see \`/cordon show ${incident.id}\`.`;
  if (!account.act)
    return context(ids, 'note', [
      mrkdwn`${account.alias} is observe-only: plans are shown, approval is not offered.${hand}`,
    ]);
  return byHand === 0 ? undefined : context(ids, 'note', [{ mrkdwn: hand.mrkdwn.trim() }]);
}

function incidentButtons(view: IncidentView, room: number) {
  const { incident } = view;
  if (incident.state === 'resolved') return [];
  const value = `${incident.id}:${incident.rev}`;
  return [
    ...(incident.state === 'open' ? [button('cordon.acknowledge', 'Acknowledge', value, 'primary')] : []),
    ...runStepSelect(view, room),
    button('cordon.resolve', 'Resolve', value),
  ];
}

function runStepSelect({ incident, account, steps }: IncidentView, room: number): StaticSelect[] {
  if (incident.sample || account === undefined) return [];
  const options: PlainTextOption[] = [];
  let left = room;
  for (const step of steps.filter((one) => one.runnable).slice(0, LIMITS.options)) {
    const option = stepOption(incident.id, step);
    left -= JSON.stringify(option).length + 1;
    if (left < 0) break;
    options.push(option);
  }
  if (options.length === 0) return [];
  return [
    {
      type: 'static_select',
      action_id: 'cordon.run-step',
      placeholder: plain(account.act ? 'Run step' : 'Preview step', 75),
      options,
    },
  ];
}

function stepOption(incidentId: string, step: StepOption): PlainTextOption {
  const target = step.target === null ? '' : ` · ${clean(step.target, 40)}`;
  return {
    text: plain(`${clean(step.title, 74 - target.length)}${target}`, LIMITS.optionText),
    value: `${incidentId}:${stepKey(step)}`,
  };
}

/** Names a step on a target without carrying either: the click is looked up among the steps that the incident has now. */
export function stepKey(step: Pick<StepOption, 'stepId' | 'findingKey'>): string {
  return hashOf({ stepId: step.stepId, findingKey: step.findingKey }).slice(0, 24);
}

function times(n: number): string {
  return n === 1 ? 'once' : `${n} times`;
}
