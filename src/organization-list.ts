import { messageOf } from './domain/errors.ts';
import type { OrganizationList } from './domain/organization.ts';
import type { Log, Store } from './ports.ts';

/** How far behind another process's refresh this one may be. */
const LOOK_MS = 2_000;

/** The organization's accounts as the store has them, held in memory so that whoever reads the settings need not ask the database, not even inside a transaction. */
export interface FollowedOrganization {
  /** Undefined before it was ever read. */
  current(): OrganizationList | undefined;
  /** Takes over what has been stored meanwhile, at once. */
  look(): Promise<void>;
  close(): void;
}

/** Loads the list and follows it. When the store does not answer, the last one is held. Throws when it cannot be loaded at all. */
export async function followOrganization(store: Pick<Store, 'read'>, log: Log): Promise<FollowedOrganization> {
  let revision = -1;
  let list: OrganizationList | undefined;
  const look = async (): Promise<void> => {
    const head = await store.read.organization.head();
    if (head.revision === revision) return;
    list = await store.read.organization.get();
    revision = head.revision;
  };
  await look();
  const timer = setInterval(() => {
    look().catch((error: unknown) => {
      log.debug({ err: messageOf(error) }, 'the list of accounts could not be looked at; it is tried again');
    });
  }, LOOK_MS);
  timer.unref();
  return { current: () => list, look, close: () => clearInterval(timer) };
}
