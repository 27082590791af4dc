/** How long the same text is not said again: a queue that is down fails many times a second. */
const QUIET_MS = 30_000;

/** Hands on an error's text, the same text at most once in half a minute. */
export function oncePerMessage(
  say: (text: string) => void,
  now: () => number = () => performance.now(),
): (error: Error) => void {
  const said = new Map<string, number>();
  return ({ message }) => {
    const last = said.get(message);
    if (last !== undefined && now() - last < QUIET_MS) return;
    if (said.size > 100) said.clear();
    said.set(message, now());
    say(message);
  };
}
