/** A session is renewed when this much of its life is left: the SDK would otherwise ask for a new one on each call. */
const REFRESH_MS = 5 * 60_000;

interface Entry<T> {
  readonly promise: Promise<T>;
  expiresAt: number;
}

/**
 * Sessions in memory, never on disk. The promise is stored before anything is awaited, so that many callers at once cause one AssumeRole;
 * a failed one is dropped, so that the next caller tries again. The least recently used goes first.
 */
export class SessionCache<T extends { readonly expiresAt: number }> {
  readonly #entries = new Map<string, Entry<T>>();
  readonly #limit: number;
  readonly #now: () => number;

  constructor(options: { readonly limit: number; readonly now: () => number }) {
    this.#limit = options.limit;
    this.#now = options.now;
  }

  get(key: string, open: () => Promise<T>): Promise<T> {
    const held = this.#entries.get(key);
    this.#entries.delete(key);
    const entry = held !== undefined && held.expiresAt - this.#now() > REFRESH_MS ? held : this.#begin(key, open);
    this.#entries.set(key, entry);
    this.#evict();
    return entry.promise;
  }

  /**
   * Opens a new session in the place of the one that is held. When that fails, the one that was held is of no use either, unless `mayPass` says that the failure is not
   * the session's: then it is put back.
   */
  async renew(key: string, open: () => Promise<T>, mayPass: (error: unknown) => boolean): Promise<T> {
    const held = this.#entries.get(key);
    const entry = this.#begin(key, open);
    this.#entries.set(key, entry);
    this.#evict();
    try {
      return await entry.promise;
    } catch (error) {
      if (held !== undefined && mayPass(error) && !this.#entries.has(key)) this.#entries.set(key, held);
      throw error;
    }
  }

  /** Forgets a session that AWS no longer takes, unless a newer one has come in the meantime. */
  forget(key: string, session: T): void {
    const held = this.#entries.get(key);
    if (held === undefined || held.expiresAt !== session.expiresAt) return;
    this.#entries.delete(key);
  }

  #begin(key: string, open: () => Promise<T>): Entry<T> {
    const entry: Entry<T> = { promise: open(), expiresAt: Number.POSITIVE_INFINITY };
    entry.promise.then(
      (session) => {
        entry.expiresAt = session.expiresAt;
      },
      () => {
        if (this.#entries.get(key) === entry) this.#entries.delete(key);
      },
    );
    return entry;
  }

  #evict(): void {
    for (const key of this.#entries.keys()) {
      if (this.#entries.size <= this.#limit) return;
      this.#entries.delete(key);
    }
  }
}
