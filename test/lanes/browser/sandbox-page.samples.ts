import type { KnownBlock, ModalView } from '@slack/types';

export const CHANNEL = 'C0TRIAGE001';

/** What an attacker would like the page to read as markup. */
export const HOSTILE =
  '&lt;img src=x onerror=alert(1)&gt; <javascript:alert(1)|Approve> &lt;!channel&gt; *bold* `code`';

const soon = Math.floor(Date.now() / 1000) + 1800;

/** An incident's card. */
export function cardBlocks(status: string): KnownBlock[] {
  return [
    {
      type: 'header',
      text: { type: 'plain_text', text: 'HIGH ▲ Access key used from a Tor exit node · prod-payments' },
    },
    {
      type: 'section',
      fields: [
        { type: 'mrkdwn', text: '*Account*\nprod-payments (333333333331)' },
        { type: 'mrkdwn', text: '*Region*\neu-west-1' },
        { type: 'mrkdwn', text: '*Source*\nGuardDuty, seen 4 times' },
        { type: 'mrkdwn', text: '*Playbook*\n`iam/access-key-compromise` (exact)' },
      ],
    },
    {
      type: 'rich_text',
      elements: [
        {
          type: 'rich_text_section',
          elements: [
            { type: 'text', text: 'Resource ', style: { bold: true } },
            { type: 'text', text: 'AKIASANDBOX000000001', style: { code: true } },
            { type: 'text', text: ' of user deploy-bot <!channel> *not bold*' },
          ],
        },
        {
          type: 'rich_text_list',
          style: 'bullet',
          elements: [
            {
              type: 'rich_text_section',
              elements: [{ type: 'text', text: 'First seen on a weekday, from one address' }],
            },
            {
              type: 'rich_text_section',
              elements: [{ type: 'text', text: 'Called ListBuckets and GetCallerIdentity' }],
            },
          ],
        },
      ],
    },
    { type: 'divider' },
    {
      type: 'actions',
      block_id: `card:${status.length}`,
      elements: [
        {
          type: 'button',
          action_id: 'acknowledge',
          text: { type: 'plain_text', text: 'Acknowledge' },
          style: 'primary',
        },
        {
          type: 'static_select',
          action_id: 'step',
          placeholder: { type: 'plain_text', text: 'Run step…' },
          options: [
            { text: { type: 'plain_text', text: 'Deactivate the access key' }, value: 'deactivate' },
            { text: { type: 'plain_text', text: 'Revoke sessions' }, value: 'revoke' },
          ],
        },
        { type: 'button', action_id: 'resolve', text: { type: 'plain_text', text: 'Resolve' } },
        {
          type: 'overflow',
          action_id: 'more',
          options: [
            { text: { type: 'plain_text', text: 'Details' }, value: 'details' },
            { text: { type: 'plain_text', text: 'Open in the console' }, value: 'console' },
          ],
        },
      ],
    },
    {
      type: 'context',
      elements: [
        {
          type: 'mrkdwn',
          text: `INC-2026-0142 · ${status} · updated <!date^${soon - 1900}^{date_short_pretty} at {time}|just now>`,
        },
      ],
    },
  ];
}

/** An approval request with its plan. */
export function planBlocks(): KnownBlock[] {
  return [
    { type: 'header', text: { type: 'plain_text', text: 'Approve? Isolate i-0a1b2c3d4e5f60718 (prod-web)' } },
    {
      type: 'alert',
      level: 'warning',
      text: { type: 'mrkdwn', text: 'Disruptive: the instance stops serving. It can be undone.' },
    },
    {
      type: 'section',
      fields: [
        { type: 'mrkdwn', text: '*Requested by*\n<@U0RINA00001>' },
        { type: 'mrkdwn', text: '*Needs*\n1 approver and the owner of the account' },
        { type: 'mrkdwn', text: `*Expires*\n<!date^${soon}^{date_pretty} at {time}|soon>` },
        { type: 'mrkdwn', text: '*Rollback*\nplanned, 8 steps' },
      ],
    },
    {
      type: 'rich_text',
      elements: [
        {
          type: 'rich_text_preformatted',
          elements: [
            {
              type: 'text',
              text: '- SecurityGroups: sg-web, sg-db\n+ SecurityGroups: sg-quarantine\n- Monitoring: disabled\n+ Monitoring: detailed',
            },
          ],
        },
      ],
    },
    {
      type: 'actions',
      elements: [
        {
          type: 'button',
          action_id: 'review',
          text: { type: 'plain_text', text: 'Review and decide' },
          style: 'primary',
        },
        { type: 'button', action_id: 'deny', text: { type: 'plain_text', text: 'Deny' }, style: 'danger' },
      ],
    },
    {
      type: 'context',
      elements: [{ type: 'mrkdwn', text: 'Votes 0 of 2 · waiting for @prod-sec · plan `sha256:ab12cd34` rev 3' }],
    },
  ];
}

/** The modal in which an approver decides. */
export function reviewView(): ModalView {
  return {
    type: 'modal',
    callback_id: 'decide',
    title: { type: 'plain_text', text: 'Review remediation' },
    submit: { type: 'plain_text', text: 'Decide' },
    close: { type: 'plain_text', text: 'Cancel' },
    blocks: [
      {
        type: 'section',
        text: { type: 'mrkdwn', text: '*Isolate i-0a1b2c3d4e5f60718* in prod-web (333333333332), eu-west-1' },
      },
      {
        type: 'rich_text',
        elements: [
          {
            type: 'rich_text_preformatted',
            elements: [
              {
                type: 'text',
                text: '1. Create security group sg-quarantine\n2. Set security groups of eni-0aa11bb22cc33dd44\n3. Tag the instance',
              },
            ],
          },
        ],
      },
      {
        type: 'input',
        block_id: 'decision',
        label: { type: 'plain_text', text: 'Decision' },
        element: {
          type: 'radio_buttons',
          action_id: 'choice',
          options: [
            { text: { type: 'plain_text', text: 'Approve this exact plan' }, value: 'approve' },
            { text: { type: 'plain_text', text: 'Deny' }, value: 'deny' },
          ],
        },
      },
      {
        type: 'input',
        block_id: 'reason',
        label: { type: 'plain_text', text: 'Reason' },
        hint: { type: 'plain_text', text: 'At least ten characters; it goes into the audit chain.' },
        element: { type: 'plain_text_input', action_id: 'text', multiline: true },
      },
      {
        type: 'input',
        block_id: 'tell',
        optional: true,
        label: { type: 'plain_text', text: 'Also tell' },
        element: {
          type: 'checkboxes',
          action_id: 'who',
          options: [{ text: { type: 'plain_text', text: 'The owner of the account' }, value: 'owner' }],
        },
      },
    ],
  };
}
