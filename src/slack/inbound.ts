import { z } from 'zod';
import { sha256 } from '../domain/json.ts';

/** What every interaction says about where it comes from; all of it out of the verified payload. */
interface Origin {
  readonly teamId: string | null;
  /** The person's own organisation; differs from teamId for a guest through Slack Connect. */
  readonly userTeamId: string | null;
  readonly enterpriseInstall: boolean;
  readonly appId: string | null;
  readonly userId: string;
  /** Seconds since 1970 at which the person acted, where Slack says so. */
  readonly at: number | null;
  /** Equal for two deliveries of one interaction, different for two interactions. */
  readonly dedupe: string;
}

export interface ButtonPress extends Origin {
  readonly kind: 'button';
  readonly actionId: string;
  /** `<id>:<revision or key>`. */
  readonly value: string;
  readonly channelId: string | null;
  readonly threadTs: string | null;
  readonly triggerId: string;
}

export interface Submission extends Origin {
  readonly kind: 'submission';
  readonly callbackId: string;
  readonly viewId: string;
  readonly viewHash: string;
  readonly metadata: string;
  /** Text or chosen option by block id; a field that was left empty is not there. */
  readonly values: Readonly<Record<string, string>>;
}

export interface CommandCall extends Origin {
  readonly kind: 'command';
  readonly command: string;
  readonly text: string;
  readonly channelId: string;
  readonly triggerId: string;
}

export type Inbound = ButtonPress | Submission | CommandCall;

const Id = z.string().min(1).max(64);
const Team = z.object({ id: Id }).nullish();
const User = z.object({ id: Id, team_id: Id.nullish() });
const Shared = { team: Team, user: User, api_app_id: Id.nullish(), is_enterprise_install: z.boolean().nullish() };

const Press = z.object({
  ...Shared,
  type: z.literal('block_actions'),
  trigger_id: z.string().min(1).max(200),
  channel: z.object({ id: Id }).nullish(),
  container: z.object({ thread_ts: z.string().max(40).nullish() }).nullish(),
  message: z.object({ thread_ts: z.string().max(40).nullish() }).nullish(),
  actions: z
    .array(
      z.object({
        action_id: z.string().min(1).max(255),
        action_ts: z.string().regex(/^\d{1,12}(\.\d{1,9})?$/),
        value: z.string().max(2000).nullish(),
        selected_option: z.object({ value: z.string().max(150).nullish() }).nullish(),
      }),
    )
    .min(1),
});

const Field = z.object({
  value: z.string().max(4000).nullish(),
  selected_option: z.object({ value: z.string().max(150).nullish() }).nullish(),
});

const Submitted = z.object({
  ...Shared,
  type: z.literal('view_submission'),
  trigger_id: z.string().max(200).nullish(),
  view: z.object({
    id: Id,
    hash: z.string().max(200).default(''),
    callback_id: z.string().max(255),
    private_metadata: z.string().max(3000).default(''),
    state: z.object({ values: z.record(z.string(), z.record(z.string(), Field)) }),
  }),
});

const Command = z.object({
  command: z.string().min(1).max(64),
  text: z.string().max(8000).default(''),
  team_id: Id,
  user_id: Id,
  api_app_id: Id.nullish(),
  channel_id: Id,
  trigger_id: z.string().min(1).max(200),
  is_enterprise_install: z.union([z.boolean(), z.string()]).nullish(),
});

/** Reads the body of an interaction. Undefined for what Cordon does not take: other types, or a shape that Slack does not send. */
export function readInbound(body: unknown): Inbound | undefined {
  const press = Press.safeParse(body);
  if (press.success) return fromPress(press.data);
  const submitted = Submitted.safeParse(body);
  if (submitted.success) return fromSubmission(submitted.data);
  const command = Command.safeParse(body);
  return command.success ? fromCommand(command.data) : undefined;
}

function fromPress(body: z.infer<typeof Press>): ButtonPress | undefined {
  const action = body.actions[0];
  if (action === undefined) return undefined;
  return {
    kind: 'button',
    ...origin(body, Number(action.action_ts), [action.action_ts, body.trigger_id]),
    actionId: action.action_id,
    value: action.selected_option?.value ?? action.value ?? '',
    channelId: body.channel?.id ?? null,
    threadTs: body.message?.thread_ts ?? body.container?.thread_ts ?? null,
    triggerId: body.trigger_id,
  };
}

function fromSubmission(body: z.infer<typeof Submitted>): Submission {
  const { view } = body;
  return {
    kind: 'submission',
    ...origin(body, null, [view.id, view.hash, body.trigger_id ?? '', JSON.stringify(view.state.values)]),
    callbackId: view.callback_id,
    viewId: view.id,
    viewHash: view.hash,
    metadata: view.private_metadata,
    values: flatten(view.state.values),
  };
}

function fromCommand(body: z.infer<typeof Command>): CommandCall {
  return {
    kind: 'command',
    teamId: body.team_id,
    userTeamId: null,
    enterpriseInstall: body.is_enterprise_install === true || body.is_enterprise_install === 'true',
    appId: body.api_app_id ?? null,
    userId: body.user_id,
    at: null,
    dedupe: dedupeKey(body.team_id, body.user_id, [body.command, body.trigger_id]),
    command: body.command,
    text: body.text,
    channelId: body.channel_id,
    triggerId: body.trigger_id,
  };
}

interface SharedBody {
  readonly team?: z.infer<typeof Team>;
  readonly user: z.infer<typeof User>;
  readonly api_app_id?: string | null | undefined;
  readonly is_enterprise_install?: boolean | null | undefined;
}

function origin(body: SharedBody, at: number | null, parts: readonly string[]): Origin {
  const teamId = body.team?.id ?? null;
  return {
    teamId,
    userTeamId: body.user.team_id ?? null,
    enterpriseInstall: body.is_enterprise_install === true,
    appId: body.api_app_id ?? null,
    userId: body.user.id,
    at,
    dedupe: dedupeKey(teamId ?? '', body.user.id, parts),
  };
}

function dedupeKey(team: string, user: string, parts: readonly string[]): string {
  return `slack:${sha256(JSON.stringify([team, user, ...parts]))}`;
}

function flatten(
  values: Readonly<Record<string, Readonly<Record<string, z.infer<typeof Field>>>>>,
): Readonly<Record<string, string>> {
  const out = new Map<string, string>();
  for (const [blockId, fields] of Object.entries(values)) {
    const field = Object.values(fields)[0];
    const value = field?.selected_option?.value ?? field?.value;
    if (value !== null && value !== undefined) out.set(blockId, value);
  }
  return Object.fromEntries(out);
}
