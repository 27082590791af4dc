import { type Approval, noticeAt } from '../domain/approval.ts';
import { SYSTEM } from '../domain/audit.ts';
import { messageOf } from '../domain/errors.ts';
import type { Deps } from '../ports.ts';
import { announceApproval, askToDecide } from './announce.ts';
import { whoMayDecide } from './ask-people.ts';
import { filled, usergroupsOf } from './requirement.ts';

/** How many more are told at most when the time is nearly over. */
const WIDENED_TO = 10;
const BATCH = 50;

/**
 * Reminds once, at half of the time, those who were asked and have not voted; at four fifths tells others who may decide. A row says how far it has come,
 * so a restart repeats nothing, and what is settled meanwhile is not sent: the message looks at the request again when it is delivered.
 */
export async function remindApprovers(deps: Deps): Promise<void> {
  for (const due of await deps.store.read.approvals.toRemind(BATCH)) await remind(deps, due);
}

async function remind(deps: Deps, due: Approval): Promise<void> {
  // Before the transaction, because Slack may have to be asked.
  const may = await whoMayNow(deps, due);
  await deps.store.tx(async (tx) => {
    const approval = await tx.approvals.lock(due.id);
    if (approval?.state !== 'pending') return;
    const notice = noticeAt(approval, await tx.now());
    if (notice === approval.notice || notice === 'asked') return;
    const voted = (await tx.votes.ofApproval(approval.id)).map(({ personId }) => personId);
    const silent = approval.notice === 'asked' ? approval.asked.filter((person) => !voted.includes(person)) : [];
    const known = [...approval.asked, ...voted];
    const more = notice === 'widened' ? may.filter((person) => !known.includes(person)).slice(0, WIDENED_TO) : [];
    for (const person of silent) await askToDecide(tx, person, approval.id, 'reminded');
    for (const person of more) await askToDecide(tx, person, approval.id, 'widened');
    await tx.approvals.setNotice(approval.id, notice, [...approval.asked, ...more]);
    await tx.audit.append({
      event: 'approval.reminded',
      actor: SYSTEM,
      subject: `approval:${approval.id}`,
      details: { notice, reminded: silent, told: more },
    });
    if (more.length > 0) await announceApproval(tx, approval.id);
  });
}

/** By an answer of Slack's of the last minute where there is one, else as it was when the request was made. */
async function whoMayNow(deps: Deps, { id, requirement, requestedBy }: Approval): Promise<readonly string[]> {
  if (usergroupsOf(requirement).length === 0) return whoMayDecide(requirement, requestedBy, id);
  try {
    return whoMayDecide(filled(requirement, await deps.people.usergroups('recent')), requestedBy, id);
  } catch (error) {
    deps.log.warn(
      { approval: id, err: messageOf(error) },
      'a reminder goes to those who could decide when it was asked',
    );
    return whoMayDecide(requirement, requestedBy, id);
  }
}
