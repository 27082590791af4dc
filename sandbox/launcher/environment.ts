import { devNull } from 'node:os';
import {
  EXTERNAL_ID_SECRET,
  HOME_REGION,
  HUB_CREDENTIALS,
  QUEUE_NAME,
  SECURITY_ACCOUNT,
  SLACK_TOKENS,
} from '../world.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** All that a child keeps of the launcher's environment: no credentials, no proxies, no NODE_OPTIONS, nothing else that could lead outside. */
const KEPT = [
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'LANG',
  'LC_ALL',
  'TZ',
  'TMPDIR',
  'TEMP',
  'TMP',
  'SystemRoot',
] as const;

/** What the simulators get. */
export function bareEnvironment(environment: Environment): Record<string, string> {
  return Object.fromEntries(
    KEPT.flatMap((name) => (environment[name] === undefined ? [] : [[name, environment[name]]])),
  );
}

/** Where the simulators are and where the product keeps its data. */
export interface ProductPlace {
  readonly awsEndpoint: string;
  readonly slackApi: string;
  readonly dataDir: string;
  /** Absolute path of sandbox/cordon.yaml. */
  readonly settings: string;
  readonly httpPort: number;
}

/** What the product gets: the settings of a real deployment, with every door to the outside shut. */
export function productEnvironment(environment: Environment, place: ProductPlace): Record<string, string> {
  return {
    ...bareEnvironment(environment),
    AWS_ACCESS_KEY_ID: HUB_CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: HUB_CREDENTIALS.secretAccessKey,
    AWS_SESSION_TOKEN: HUB_CREDENTIALS.sessionToken,
    AWS_REGION: HOME_REGION,
    AWS_ENDPOINT_URL: place.awsEndpoint,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
    AWS_CONFIG_FILE: devNull,
    AWS_EC2_METADATA_DISABLED: 'true',
    SLACK_BOT_TOKEN: SLACK_TOKENS.bot,
    SLACK_APP_TOKEN: SLACK_TOKENS.app,
    CORDON_SLACK_API_URL: place.slackApi,
    CORDON_QUEUE_URL: `${place.awsEndpoint}/${SECURITY_ACCOUNT}/${QUEUE_NAME}`,
    CORDON_CONFIG: place.settings,
    CORDON_DATA_DIR: place.dataDir,
    CORDON_SECRET: EXTERNAL_ID_SECRET,
    CORDON_HTTP_PORT: String(place.httpPort),
  };
}
