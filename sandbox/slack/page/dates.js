const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

function format(date, options) {
  return new Intl.DateTimeFormat('en', options).format(date);
}

function startOfDay(date) {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}

/** "today", "yesterday" or "tomorrow" where that fits, else undefined. */
function nearDay(date) {
  const days = Math.round((startOfDay(date) - startOfDay(new Date())) / (DAY * 1000));
  return { '-1': 'yesterday', 0: 'today', 1: 'tomorrow' }[days];
}

function ago(date) {
  const seconds = Math.round((Date.now() - date.getTime()) / 1000);
  const size = Math.abs(seconds);
  const [count, unit] =
    size < MINUTE
      ? [size, 'second']
      : size < HOUR
        ? [Math.round(size / MINUTE), 'minute']
        : size < DAY
          ? [Math.round(size / HOUR), 'hour']
          : [Math.round(size / DAY), 'day'];
  const words = `${count} ${unit}${count === 1 ? '' : 's'}`;
  return seconds < 0 ? `in ${words}` : `${words} ago`;
}

const LONG = { weekday: 'long', year: 'numeric', month: 'long', day: 'numeric' };
const PLAIN = { year: 'numeric', month: 'long', day: 'numeric' };
const SHORT = { year: 'numeric', month: 'short', day: 'numeric' };

/** What each token of a Slack date format stands for, in the reader's own time zone. */
const TOKENS = {
  date_num: (date) =>
    `${date.getFullYear()}-${String(date.getMonth() + 1).padStart(2, '0')}-${String(date.getDate()).padStart(2, '0')}`,
  date: (date) => format(date, PLAIN),
  date_slash: (date) => format(date, { year: 'numeric', month: '2-digit', day: '2-digit' }),
  date_short: (date) => format(date, SHORT),
  date_long: (date) => format(date, LONG),
  date_pretty: (date) => nearDay(date) ?? format(date, PLAIN),
  date_short_pretty: (date) => nearDay(date) ?? format(date, SHORT),
  date_long_pretty: (date) => nearDay(date) ?? format(date, LONG),
  day_divider_pretty: (date) => nearDay(date) ?? format(date, LONG),
  time: (date) => format(date, { hour: 'numeric', minute: '2-digit' }),
  time_secs: (date) => format(date, { hour: 'numeric', minute: '2-digit', second: '2-digit' }),
  ago,
};

/** Writes a date as Slack's `<!date^…>` asks; the fallback stands in when a token is unknown. */
export function formatDate(timestamp, pattern, fallback) {
  const date = new Date(timestamp * 1000);
  const tokens = pattern.match(/\{\w+\}/g) ?? [];
  if (tokens.length === 0 || tokens.some((token) => !Object.hasOwn(TOKENS, token.slice(1, -1))))
    return fallback || date.toISOString();
  const words = pattern.replace(/\{(\w+)\}/g, (_whole, token) => TOKENS[token](date));
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** The clock time of a message. */
export function timeOf(ts) {
  return TOKENS.time(new Date(Number(ts) * 1000));
}

/** The day line above a message: "Today", "Yesterday" or the date. */
export function dayOf(ts) {
  return formatDate(Number(ts), '{day_divider_pretty}', '');
}
