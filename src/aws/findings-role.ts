import type { NodeHttpHandler } from '@smithy/node-http-handler';
import { AwsCallError } from '../domain/errors.ts';
import type { Meter, SettingsSource } from '../ports.ts';
import { openSts, type Session } from './assume-role.ts';
import { clientConfig } from './client.ts';
import { counted } from './counted.ts';
import type { Credentials } from './credentials.ts';
import { isDenied, isExpired, toAwsCallError } from './errors.ts';
import { checkEndpoint, openHttp } from './http.ts';
import { type PaceParts, paced } from './pace.ts';
import { SessionCache } from './session-cache.ts';

const SESSION_NAME = 'cordon-findings';

export interface FindingsRoleOptions extends PaceParts {
  readonly settings: SettingsSource;
  readonly hubRegion: string;
  readonly endpoint?: string | undefined;
  readonly credentials?: Credentials | undefined;
  readonly http?: NodeHttpHandler | undefined;
  readonly meter?: Meter | undefined;
}

/** One API of the security account. */
export interface FindingsApi {
  readonly service: 'securityhub' | 'guardduty';
  readonly operation: string;
  readonly region: string;
}

/** What a client of the SDK is made with. */
export type FindingsClientConfig = ReturnType<typeof clientConfig>;

/** The role of the security account that reads findings and writes their status and notes, and reaches nothing else. */
export interface FindingsRole {
  /** One call at the API's pace. Throws AwsCallError. */
  send<T>(api: FindingsApi, work: (config: FindingsClientConfig) => Promise<T>): Promise<T>;
  /** Assumes the role and nothing else; for `doctor`. */
  check(): Promise<string>;
  close(): void;
}

export function openFindingsRole(options: FindingsRoleOptions): FindingsRole {
  checkEndpoint(options.endpoint);
  const { endpoint, hubRegion } = options;
  const http = options.http ?? openHttp();
  const { meter } = options;
  const sts = openSts({ region: hubRegion, http, endpoint, credentials: options.credentials, meter });
  const cache = new SessionCache<Session>({ limit: 4, now: Date.now });
  const assume = (RoleArn: string): Promise<Session> =>
    cache.get(RoleArn, () =>
      sts.assume({ RoleArn, RoleSessionName: SESSION_NAME, SourceIdentity: SESSION_NAME, DurationSeconds: 3_600 }),
    );
  const roleArn = async (): Promise<{ readonly account: string; readonly arn: string }> => {
    const { aws } = await options.settings.current();
    return {
      account: aws.securityAccount,
      arn: `arn:${aws.partition}:iam::${aws.securityAccount}:role/${aws.findingsRole}`,
    };
  };
  return {
    async send(api, work) {
      const { account, arn } = await roleArn();
      return paced(options, { account, ...api }, async () => {
        const session = await assume(arn);
        const config = clientConfig({
          region: api.region,
          http,
          kind: 'writes',
          credentials: session.credentials,
          endpoint,
        });
        try {
          return await counted(meter, api, () => work(config));
        } catch (error) {
          const failure = toAwsCallError(error, api);
          if (isExpired(failure)) cache.forget(arn, session);
          throw isDenied(failure) ? denied(failure) : failure;
        }
      });
    },
    async check() {
      await assume((await roleArn()).arn);
      return `assumed in ${hubRegion}`;
    },
    close: () => {
      if (options.http === undefined) http.destroy();
    },
  };
}

/** This role comes with another template than those of the member accounts. */
function denied(failure: AwsCallError): AwsCallError {
  return new AwsCallError(failure.awsCode, failure.message, {
    hint: 'Deploy the newest infra/hub.json to the security account: its role for findings lacks a permission.',
    cause: failure,
    ...(failure.status === undefined ? {} : { status: failure.status }),
  });
}
