import type { Approval } from '../../src/domain/approval.ts';

/** The body of the request that Slack sends when the person presses Decide in the review window, unsigned; the same person's second press has another trigger. */
export function approvalForm(
  person: string,
  approval: Pick<Approval, 'id' | 'planHash'>,
  trigger = '12.34.abc',
): string {
  const payload = {
    type: 'view_submission',
    team: { id: 'T0ACMESBX', domain: 'acme-sandbox' },
    user: { id: person, username: 'person', name: 'person', team_id: 'T0ACMESBX' },
    api_app_id: 'A0CORDON001',
    enterprise: null,
    is_enterprise_install: false,
    trigger_id: trigger,
    view: {
      id: 'V0REVIEW001',
      hash: '1.abc',
      type: 'modal',
      callback_id: 'cordon.review',
      private_metadata: JSON.stringify({ approvalId: approval.id, planHash: approval.planHash }),
      state: {
        values: {
          decision: { decision: { type: 'radio_buttons', selected_option: { value: 'approve' } } },
          reason: { reason: { type: 'plain_text_input', value: 'checked against the ticket' } },
        },
      },
    },
  };
  return new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
}
