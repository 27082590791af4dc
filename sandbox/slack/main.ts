import { parseArgs } from 'node:util';
import { z } from 'zod';
import { parseJson } from './json.ts';
import { startSlack } from './start.ts';

const Links = z.array(z.strictObject({ name: z.string().min(1), url: z.url({ protocol: /^https?$/ }) }));
const Port = z.coerce.number().int().min(0).max(65_535);

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    links: { type: 'string', default: '[]' },
    'request-url': { type: 'string' },
  },
});
const port = Port.safeParse(values.port);
const links = Links.safeParse(parseJson(values.links));
const requestUrl = z
  .url({ protocol: /^https?$/ })
  .optional()
  .safeParse(values['request-url']);
if (!port.success || !links.success || !requestUrl.success) {
  console.error(
    'usage: node dist/sandbox/slack/main.js [--port N] [--request-url http://127.0.0.1:8080/slack/events] [--links \'[{"name":"AWS log","url":"http://127.0.0.1:4000/"}]\']',
  );
  process.exit(78);
}

const slack = await startSlack({
  port: port.data,
  links: links.data,
  ...(requestUrl.data === undefined ? {} : { requestUrl: requestUrl.data }),
  onError: (error) => console.error('slack simulator:', error),
});
const { api, page, control } = slack;
console.log(JSON.stringify({ ready: true, api, page, control }));
console.error(`slack simulator: ${page}`);

let isClosing = false;
function shutDown(signal: string): void {
  if (isClosing) return;
  isClosing = true;
  console.error(`slack simulator: ${signal}, closing`);
  slack.close().then(
    () => process.exit(0),
    (error: unknown) => {
      console.error('slack simulator: could not close', error);
      process.exit(1);
    },
  );
}
process.on('SIGTERM', () => shutDown('SIGTERM'));
process.on('SIGINT', () => shutDown('SIGINT'));
