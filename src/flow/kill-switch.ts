import type { Actor } from '../domain/audit.ts';
import type { Deps, KillSwitch } from '../ports.ts';
import { refused } from './close.ts';
import { tellSwitch } from './health.ts';
import { done, type Outcome, refuse } from './outcome.ts';
import { whyNot } from './rights.ts';

/** How many different people must want to go on after a stop. */
export const RESUME_VOTES = 2;

/** All who can open the socket on the host are one voter: who they are is only what they say. */
const CLI_VOTER = 'command line';

/** Stops every change in AWS: no run starts, and one that is under way stops before its next step. Anybody with a role may; asking twice is fine. */
export async function stop(deps: Deps, actor: Actor, reason: string): Promise<Outcome<KillSwitch>> {
  // By the last valid settings: a file that is being edited must not keep anybody from stopping.
  const no = actor.kind === 'slack' ? await whyNot(deps, await deps.lastGood.settings(), actor, 'any') : undefined;
  return deps.store.tx(async (tx) => {
    if (no) return refused(tx, actor, 'switch', no);
    const before = await tx.killSwitch.get();
    if (before.stopped) return done(before);
    const stopped = await tx.killSwitch.stop(actor.id, reason.trim() || 'no reason given');
    await tx.audit.note({ event: 'switch.stopped', actor, subject: 'switch', details: { reason: stopped.reason } });
    await tellSwitch(tx);
    return done(stopped);
  });
}

/** One of the two votes to go on. Operators only in Slack; a STOP file must be removed first. */
export async function resume(deps: Deps, actor: Actor): Promise<Outcome<KillSwitch>> {
  const no = await whyNot(deps, await deps.settings.current(), actor, 'operator');
  if (await deps.stopRequested()) {
    return refuse('stop_file', 'A STOP file is in the data directory.', 'Remove it on the host, then resume.');
  }
  return deps.store.tx(async (tx) => {
    if (no) return refused(tx, actor, 'switch', no);
    const before = await tx.killSwitch.get();
    if (!before.stopped) return done(before);
    const voter = actor.kind === 'slack' ? actor.id : CLI_VOTER;
    if (before.resumeVotes.includes(voter))
      return refuse('already_voted', 'You have voted to resume already.', 'A second person must agree.');
    const voted = await tx.killSwitch.voteResume(voter);
    await tx.audit.append({
      event: 'switch.resume-voted',
      actor,
      subject: 'switch',
      details: { votes: voted.resumeVotes.length },
    });
    if (voted.resumeVotes.length < RESUME_VOTES) return done(voted);
    const cleared = await tx.killSwitch.clear();
    await tx.audit.append({
      event: 'switch.resumed',
      actor,
      subject: 'switch',
      details: { by: [...voted.resumeVotes] },
    });
    await tellSwitch(tx);
    return done(cleared);
  });
}
