import { z } from 'zod';
import { ApiError } from '../api-error.ts';
import { isViewTooLarge, validateView } from '../block-kit/validate.ts';
import { isObject, type JsonObject } from '../json.ts';
import { viewObject } from '../payloads.ts';
import type { Sim } from '../sim.ts';
import { findView, openView, publishHome, pushView, setContent } from '../views.ts';
import type { View } from '../workspace.ts';
import { type ApiMethod, memberFor, method, structured } from './method.ts';

const Triggered = z.object({ trigger_id: z.string(), view: structured });
const Update = z.object({
  view_id: z.string().optional(),
  external_id: z.string().optional(),
  hash: z.string().optional(),
  view: structured,
});
const Publish = z.object({ user_id: z.string(), hash: z.string().optional(), view: structured });

function checkView(view: unknown, type: View['type']): JsonObject {
  const problems = validateView(view);
  if (problems.length > 0 || !isObject(view)) {
    throw new ApiError('invalid_arguments', problems.join('; '), { response_metadata: { messages: problems } });
  }
  if (isViewTooLarge(view)) throw new ApiError('view_too_large', 'a view may have 250 kB');
  if (view['type'] !== type) throw new ApiError('invalid_arguments', `this method takes a view of type ${type}`);
  return view;
}

function guardHash(view: View, hash: string | undefined): void {
  if (hash !== undefined && hash !== view.hash)
    throw new ApiError('hash_conflict', 'the view has changed since that hash was given out');
}

const open = method({}, Triggered, (sim, args) => {
  const view = checkView(args.view, 'modal');
  guardExternalId(sim, view);
  return { view: viewObject(openView(sim.workspace, sim.triggers.redeem(args.trigger_id), view)) };
});

const push = method({}, Triggered, (sim, args) => {
  const view = checkView(args.view, 'modal');
  guardExternalId(sim, view);
  return { view: viewObject(pushView(sim.workspace, sim.triggers.redeem(args.trigger_id), view)) };
});

function guardExternalId(sim: Sim, view: JsonObject): void {
  const externalId = view['external_id'];
  if (typeof externalId === 'string' && externalId !== '' && findView(sim.workspace, { externalId })) {
    throw new ApiError('duplicate_external_id', `a view with external_id ${externalId} is open`);
  }
}

const update = method({}, Update, (sim, args) => {
  const source = checkView(args.view, 'modal');
  const view = findView(sim.workspace, { id: args.view_id, externalId: args.external_id });
  if (!view) throw new ApiError('not_found', 'this view is not open any more');
  guardHash(view, args.hash);
  return { view: viewObject(setContent(sim.workspace, view, source)) };
});

const publish = method({}, Publish, (sim, args) => {
  const source = checkView(args.view, 'home');
  const member = memberFor(sim, args.user_id);
  const known = sim.workspace.homes.get(member.id);
  if (known) guardHash(known, args.hash);
  return { view: viewObject(publishHome(sim.workspace, member.id, source)) };
});

export const viewMethods: Readonly<Record<string, ApiMethod>> = {
  'views.open': open,
  'views.publish': publish,
  'views.push': push,
  'views.update': update,
};
