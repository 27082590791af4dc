/** Expiry goes by the database's clock, signatures to AWS by this machine's: further apart, one of them fails. */
const APART_MS = 60_000;

/** How many seconds this machine's clock (milliseconds since 1970) and the database's (ISO 8601) are apart; undefined while they agree well enough to act by. */
export function clocksApart(here: number, database: string): number | undefined {
  const apart = Math.abs(Date.parse(database) - here);
  return apart > APART_MS ? Math.round(apart / 1000) : undefined;
}
