/** How `npm start` treats a variable when it decides between the sandbox and the product. */
export type Configures = 'slack' | 'aws' | 'store' | 'process';

/** One row of the table in README. Every variable may also be given as `<NAME>_FILE`, the path of a file that holds the value. */
export interface ConfigVariable {
  readonly name: string;
  /** Anything but `process` makes the start a configured one: the sandbox never starts when such a variable is present. */
  readonly configures: Configures;
  readonly secret: boolean;
  readonly requiredWhen: string;
  readonly fallback: string;
  readonly meaning: string;
}

/** Every variable that Cordon reads, in the order of the table. */
export const CONFIG_VARIABLES = [
  {
    name: 'SLACK_BOT_TOKEN',
    configures: 'slack',
    secret: true,
    requiredWhen: 'always',
    fallback: '',
    meaning: 'Bot token of the Slack app (`xoxb-…`).',
  },
  {
    name: 'SLACK_APP_TOKEN',
    configures: 'slack',
    secret: true,
    requiredWhen: '`SLACK_SIGNING_SECRET` is not set',
    fallback: '',
    meaning: 'App-level token with `connections:write` (`xapp-…`): Cordon reaches Slack by Socket Mode.',
  },
  {
    name: 'SLACK_SIGNING_SECRET',
    configures: 'slack',
    secret: true,
    requiredWhen: '`SLACK_APP_TOKEN` is not set; both at once are refused',
    fallback: '',
    meaning:
      'Signing secret of the Slack app: Slack reaches Cordon by signed requests to `/slack/events` on the HTTP port (`docs/deploy.md`).',
  },
  {
    name: 'CORDON_SLACK_API_URL',
    configures: 'slack',
    secret: false,
    requiredWhen: 'never',
    fallback: "Slack's own",
    meaning: 'Another base URL of the Slack Web API. Must be https outside loopback.',
  },
  {
    name: 'CORDON_QUEUE_URL',
    configures: 'aws',
    secret: false,
    requiredWhen: 'always',
    fallback: '',
    meaning: 'URL of the SQS queue into which EventBridge puts the findings. Must be https outside loopback.',
  },
  {
    name: 'CORDON_CONFIG',
    configures: 'aws',
    secret: false,
    requiredWhen: 'never',
    fallback: '`cordon.yaml`',
    meaning: 'Path of the settings file: accounts, people, policies, channels. See `cordon.example.yaml`.',
  },
  {
    name: 'CORDON_SECRET',
    configures: 'aws',
    secret: true,
    requiredWhen: '`DATABASE_URL` is set',
    fallback: 'made once, kept in the data directory',
    meaning: 'At least 32 characters; each account’s ExternalId is made from it. Changing it changes every ExternalId.',
  },
  {
    name: 'DATABASE_URL',
    configures: 'store',
    secret: true,
    requiredWhen: 'never',
    fallback: 'embedded PostgreSQL in the data directory',
    meaning: '`postgres://…` of the records store.',
  },
  {
    name: 'REDIS_URL',
    configures: 'store',
    secret: true,
    requiredWhen: 'never; needs `DATABASE_URL`',
    fallback: 'the queue lives in the store',
    meaning: '`redis://…` or `rediss://…` for the queue. Redis may be wiped at any time; the store is the truth.',
  },
  {
    name: 'CORDON_DATA_DIR',
    configures: 'store',
    secret: false,
    requiredWhen: 'never',
    fallback: '`.cordon`',
    meaning:
      'Directory of the embedded store, the command socket, the STOP file and the end of the audit chain that this host knows. One process at a time.',
  },
  {
    name: 'CORDON_WORKERS',
    configures: 'process',
    secret: false,
    requiredWhen: 'never; `none` needs `DATABASE_URL`',
    fallback: '`all`',
    meaning:
      '`none`: this process serves Slack, health and the command socket only, and `npm run worker` processes do the rest (`docs/deploy.md`).',
  },
  {
    name: 'CORDON_BACKFILL',
    configures: 'process',
    secret: false,
    requiredWhen: 'never',
    fallback: '`24h`',
    meaning:
      'A duration such as `90m`, `24h`, `7d`: how far back findings are fetched from Security Hub and GuardDuty when they are asked for the first time. What is older than the deployment, below HIGH and no threat is stored and listed, without a card.',
  },
  {
    name: 'CORDON_HTTP_PORT',
    configures: 'process',
    secret: false,
    requiredWhen: 'never',
    fallback: '`8080`',
    meaning:
      'Port of `/healthz`, `/readyz`, `/metrics` and, with `SLACK_SIGNING_SECRET`, `/slack/events`; `0` takes any free one.',
  },
  {
    name: 'CORDON_HTTP_HOST',
    configures: 'process',
    secret: false,
    requiredWhen: 'never',
    fallback: '`127.0.0.1`',
    meaning: 'Address on which that port listens.',
  },
  {
    name: 'CORDON_LOG_LEVEL',
    configures: 'process',
    secret: false,
    requiredWhen: 'never',
    fallback: '`info`',
    meaning: '`debug`, `info`, `warn` or `error`.',
  },
  {
    name: 'AWS_REGION',
    configures: 'process',
    secret: false,
    requiredWhen: 'never',
    fallback: 'the Region in the queue’s URL, else `aws.homeRegion`',
    meaning: 'Region in which Cordon talks to STS and the findings queue.',
  },
  {
    name: 'AWS_ENDPOINT_URL',
    configures: 'process',
    secret: false,
    requiredWhen: 'never',
    fallback: "AWS's own",
    meaning:
      'Used by the AWS SDK; read here (and every `AWS_ENDPOINT_URL_<SERVICE>`) to refuse one that is not https outside loopback.',
  },
] as const satisfies readonly ConfigVariable[];

export type VariableName = (typeof CONFIG_VARIABLES)[number]['name'];
