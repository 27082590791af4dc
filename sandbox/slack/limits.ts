/**
 * Every number of Slack's that the simulator enforces, in one place. Lengths are in UTF-16 code units, as Slack counts them in practice; times in milliseconds.
 * Sources: docs.slack.dev reference pages of Block Kit, views and Web API methods, and the rate limit page; the sum of a message's blocks is undocumented and measured by users (slackapi/bolt-js#2509).
 */

export const BLOCK_LIMITS = {
  blocksPerMessage: 50,
  blocksPerView: 100,
  messageText: 40_000,
  messageBlocksSum: 13_200,
  viewBytes: 250_000,
  blockId: 255,
  actionId: 255,
  sectionText: 3_000,
  fields: 10,
  fieldText: 2_000,
  headerText: 150,
  contextElements: 10,
  contextText: 3_000,
  actionsElements: 25,
  buttonText: 75,
  buttonValue: 2_000,
  buttonUrl: 3_000,
  accessibilityLabel: 75,
  optionText: 75,
  optionValue: 150,
  optionDescription: 75,
  selectOptions: 100,
  optionGroups: 100,
  overflowOptions: 5,
  choiceOptions: 10,
  placeholder: 150,
  confirmTitle: 100,
  confirmText: 300,
  confirmButton: 30,
  inputLabel: 2_000,
  inputHint: 2_000,
  plainTextInput: 3_000,
  imageAltText: 2_000,
  imageTitle: 2_000,
  imageUrl: 3_000,
  alertText: 200,
  markdownSum: 12_000,
  tableRows: 100,
  dataTableRows: 101,
  tableColumns: 20,
  tableCharacters: 10_000,
  viewTitle: 24,
  viewButton: 24,
  privateMetadata: 3_000,
  callbackId: 255,
  externalId: 255,
} as const;

/** How long Slack waits, and how often something may be used. */
export const TIME_LIMITS = {
  ack: 3_000,
  trigger: 3_000,
  responseUrl: 30 * 60_000,
  responseUrlUses: 5,
  socketTicket: 30_000,
  socketPing: 10_000,
  /** Events are sent again at once, after a minute and after five. */
  eventRetries: [0, 60_000, 300_000],
} as const;

export const VIEW_STACK = 3;
export const SOCKET_CONNECTIONS = 10;

/** Calls a minute of Slack's tiers. */
export const TIER_PER_MINUTE = { tier2: 20, tier3: 50, tier4: 100 } as const;
export type Tier = keyof typeof TIER_PER_MINUTE;

/** A message a second to a channel with short bursts, and a cap on the workspace ("several hundred a minute"). */
export const POST_LIMIT = { perSecond: 1, burst: 4, workspacePerMinute: 300 } as const;

/** Which tier a method belongs to; chat.postMessage has a rule of its own. auth.test is special ("hundreds a minute") and not limited here. */
export const METHOD_TIERS: Readonly<Record<string, Tier>> = {
  'apps.connections.open': 'tier3',
  'bookmarks.add': 'tier2',
  'chat.delete': 'tier3',
  'chat.postEphemeral': 'tier4',
  'chat.update': 'tier3',
  'conversations.history': 'tier3',
  'conversations.info': 'tier3',
  'conversations.members': 'tier4',
  'conversations.open': 'tier3',
  'conversations.replies': 'tier3',
  'pins.add': 'tier2',
  'reactions.add': 'tier3',
  'usergroups.list': 'tier2',
  'usergroups.users.list': 'tier2',
  'users.info': 'tier4',
  'views.open': 'tier4',
  'views.publish': 'tier4',
  'views.push': 'tier4',
  'views.update': 'tier4',
};
