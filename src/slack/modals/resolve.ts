import type { ModalView } from '@slack/types';
import { z } from 'zod';
import { type Account, accountLabel } from '../../domain/account.ts';
import type { GivenResolution, Incident } from '../../domain/incident.ts';
import { section } from '../cards/parts.ts';
import { mrkdwn, plain } from '../escape.ts';
import type { SubmittableModal } from './contract.ts';
import { MIN_REASON, modal, readIds, refusedModal } from './frame.ts';

const CALLBACK = 'cordon.resolve';
const TITLE = 'Resolve incident';
const Ids = z.object({ incidentId: z.string() });
const Given = z.enum(['fixed', 'false-positive', 'accepted-risk']) satisfies z.ZodType<GivenResolution>;

const CHOICES: Readonly<Record<GivenResolution, string>> = {
  fixed: 'Fixed',
  'false-positive': 'False positive',
  'accepted-risk': 'Accepted risk',
};

/** Closes the incident and writes the resolution to the findings where they came from. */
export function resolveModal(incident: Incident, account: Account | undefined): ModalView {
  const ids = { kind: 'resolve', id: incident.id, rev: incident.rev };
  const options = Given.options.map((value) => ({ text: plain(CHOICES[value], 75), value }));
  return modal({
    callbackId: CALLBACK,
    title: TITLE,
    blocks: [
      section(
        ids,
        'what',
        mrkdwn`${incident.id}: ${incident.title} in ${accountLabel(account, incident.accountId)}. Status and note are written to its findings; if it happens again within a day, the incident is reopened.`,
      ),
      {
        type: 'input',
        block_id: 'resolution',
        label: plain('How is it resolved?'),
        element: { type: 'static_select', action_id: 'resolution', options },
      },
      {
        type: 'input',
        block_id: 'note',
        label: plain('Note'),
        hint: plain('What was found or done. It is kept with the incident, and its hash in the audit chain.'),
        element: {
          type: 'plain_text_input',
          action_id: 'note',
          multiline: true,
          min_length: MIN_REASON,
          max_length: 500,
        },
      },
    ],
    submit: 'Resolve',
    ids: { incidentId: incident.id },
  });
}

export default {
  callbackId: CALLBACK,
  title: TITLE,
  check(submission) {
    const chosen = Given.safeParse(submission.values['resolution']).success;
    const noted = (submission.values['note'] ?? '').trim().length >= MIN_REASON;
    return {
      ...(chosen ? {} : { resolution: 'Choose one.' }),
      ...(noted ? {} : { note: `Say what was found or done, in at least ${MIN_REASON} characters.` }),
    };
  },
  async submit(visitor, submission) {
    const { incidentId } = readIds(Ids, submission.metadata);
    const resolution = Given.parse(submission.values['resolution']);
    const outcome = await visitor.deps.api.resolve(visitor.actor, {
      incidentId,
      resolution,
      note: (submission.values['note'] ?? '').trim(),
    });
    if (!outcome.ok) return { kind: 'show', view: refusedModal('Not resolved', outcome.refusal, visitor.reference) };
    return { kind: 'close' };
  },
} satisfies SubmittableModal as SubmittableModal;
