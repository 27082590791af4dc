/** `2025-02-25T20:40:06.721Z`, also with a space, without zone (then UTC), with `+00:00`, without or with up to nine fraction digits. */
const DATE = /^(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2}):(\d{2})(?:[.,](\d{1,9}))?\s*(Z|UTC|[+-]\d{2}:?\d{2})?$/i;

/** `Thu, 02 Aug 2018 05:30:00 GMT`, as AWS Health writes; the weekday is not looked at, its own examples have wrong ones. */
const MAIL_DATE = /^(?:[A-Za-z]{3},\s+)?(\d{1,2}) ([A-Za-z]{3}) (\d{4}) (\d{2}:\d{2}:\d{2}) (?:GMT|UTC|Z)$/;
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** Above this a number is milliseconds, below it seconds: as seconds it would be the year 5138, as milliseconds 1973. */
const MILLISECONDS_FROM = 100_000_000_000;

/** ISO 8601 in UTC with milliseconds, or undefined. Reads texts, epoch seconds (also fractions), epoch milliseconds and Date. */
export function toIso(value: unknown): string | undefined {
  if (value instanceof Date) return fromMilliseconds(value.getTime());
  if (typeof value === 'number') return fromEpoch(value);
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  if (/^\d{9,13}(\.\d{1,9})?$/.test(text)) return fromEpoch(Number(text));
  return fromText(text);
}

function fromEpoch(value: number): string | undefined {
  return fromMilliseconds(value < MILLISECONDS_FROM ? Math.round(value * 1000) : Math.round(value));
}

function fromText(text: string): string | undefined {
  const found = DATE.exec(text);
  if (found === null) return fromMailDate(text);
  const [, year, month, day, hour, minute, second, fraction, zone] = found;
  const milliseconds = (fraction ?? '').padEnd(3, '0').slice(0, 3);
  return fromMilliseconds(
    Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}.${milliseconds}${offset(zone)}`),
  );
}

function fromMailDate(text: string): string | undefined {
  const [, day = '', name = '', year = '', time = ''] = MAIL_DATE.exec(text) ?? [];
  const month = MONTHS.indexOf(name.toLowerCase()) + 1;
  return fromMilliseconds(Date.parse(`${year}-${String(month).padStart(2, '0')}-${day.padStart(2, '0')}T${time}.000Z`));
}

function offset(zone: string | undefined): string {
  if (zone === undefined || /^(z|utc)$/i.test(zone)) return 'Z';
  return zone.includes(':') ? zone : `${zone.slice(0, 3)}:${zone.slice(3)}`;
}

function fromMilliseconds(value: number): string | undefined {
  if (!Number.isFinite(value) || value < 0 || value >= Date.UTC(3000, 0, 1)) return undefined;
  return new Date(value).toISOString();
}
