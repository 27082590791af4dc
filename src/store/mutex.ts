/** First come, first served. `acquire` waits for its turn and gives the function that ends it. */
export class Mutex {
  #tail: Promise<void> = Promise.resolve();

  acquire(): Promise<() => void> {
    const { promise, resolve } = deferred();
    const before = this.#tail;
    this.#tail = before.then(() => promise);
    return before.then(() => resolve);
  }
}

function deferred(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
