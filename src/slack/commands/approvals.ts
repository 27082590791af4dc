import { accountLabel } from '../../domain/account.ts';
import type { ApprovalView } from '../cards/approval.ts';
import { needs } from '../cards/approval.ts';
import { type RichLine, shortHash } from '../cards/parts.ts';
import { mrkdwn, node, strong, utc } from '../escape.ts';
import { loadApproval } from '../load.ts';
import { whyNotDecide } from '../may-decide.ts';
import { listing, misuse } from './answer.ts';
import { type Command, readOptions } from './contract.ts';

const USAGE = 'approvals [--mine, --all]';
const SHOWN = 12;

/** What waits for this person, soonest expiry first; with --all, what waits for anybody. */
export default {
  name: 'approvals',
  usage: USAGE,
  summary: 'requests that wait for you (--mine, also without it), soonest expiry first; --all shows everybody’s',
  async run({ deps, person }, words) {
    const { options, rest } = readOptions(words, []);
    const unknown = [...rest, ...[...options.keys()].filter((name) => name !== 'mine' && name !== 'all')];
    if (unknown.length > 0) return misuse(USAGE, `I do not know “${unknown[0] ?? ''}”.`);
    if (options.size > 1) return misuse(USAGE, 'Either yours or everybody’s.');
    const { read } = deps.store;
    const now = await read.now();
    const views: ApprovalView[] = [];
    for (const approval of await read.approvals.pending(100)) {
      const view = await loadApproval(deps, approval.id, 0);
      if (view !== undefined && (options.has('all') || whyNotDecide(view, person.id, now) === undefined))
        views.push(view);
    }
    const foot = mrkdwn`${views.length > SHOWN ? `${views.length - SHOWN} more are not shown. ` : ''}Decide with the button Review and decide on the request: \`/cordon show REQ\` leads there.`;
    return listing(
      options.has('all') ? 'Waiting for approval' : 'Waiting for you',
      views.slice(0, SHOWN).map(approvalLine),
      foot,
    );
  },
} satisfies Command as Command;

function approvalLine({ approval, plan, account }: ApprovalView): RichLine {
  return [
    strong(`${approval.id} ${plan.kind === 'rollback' ? 'Roll back: ' : ''}${plan.action.title}`, 120),
    node(` · ${plan.target.id}`, 120),
    node(
      ` · ${accountLabel(account, plan.accountId)} · needs ${needs(approval.requirement.slots)} · until ${utc(approval.expiresAt)} · plan ${shortHash(approval.planHash)}`,
      260,
    ),
  ];
}
