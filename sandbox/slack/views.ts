import { ApiError } from './api-error.ts';
import { withIds } from './block-ids.ts';
import { type JsonObject, objectIn, objectsIn, stringIn } from './json.ts';
import { VIEW_STACK } from './limits.ts';
import { initialState } from './state-values.ts';
import { announce, type View, type ViewContent, type Workspace } from './workspace.ts';

/** A person's open modals, the top one last. */
export function modalsOf(workspace: Workspace, user: string): readonly View[] {
  return workspace.modals.get(user) ?? [];
}

/** Opens a modal for a person; whatever modal was open before goes. */
export function openView(workspace: Workspace, user: string, source: JsonObject): View {
  const id = workspace.ids.id('V');
  const view = newView(workspace, { id, user, source, type: 'modal', rootViewId: id, previousViewId: undefined });
  workspace.modals.set(user, [view]);
  announce(workspace, { kind: 'views', user });
  return view;
}

/**
 * Puts a modal on top of the open ones.
 * @throws ApiError push_limit_reached at the fourth, not_found when none is open.
 */
export function pushView(workspace: Workspace, user: string, source: JsonObject): View {
  const stack = modalsOf(workspace, user);
  const top = stack.at(-1);
  if (!top) throw new ApiError('not_found', 'no modal is open for this person');
  if (stack.length >= VIEW_STACK) throw new ApiError('push_limit_reached', `at most ${VIEW_STACK} views in a stack`);
  const id = workspace.ids.id('V');
  const view = newView(workspace, {
    id,
    user,
    source,
    type: 'modal',
    rootViewId: top.rootViewId,
    previousViewId: top.id,
  });
  workspace.modals.set(user, [...stack, view]);
  announce(workspace, { kind: 'views', user });
  return view;
}

/** Sets a person's Home tab. */
export function publishHome(workspace: Workspace, user: string, source: JsonObject): View {
  const known = workspace.homes.get(user);
  if (known) return setContent(workspace, known, source);
  const id = workspace.ids.id('V');
  const view = newView(workspace, { id, user, source, type: 'home', rootViewId: id, previousViewId: undefined });
  workspace.homes.set(user, view);
  announce(workspace, { kind: 'home', user });
  return view;
}

/** Replaces what a view shows; typed values stay where block and action id are the same, as in Slack. */
export function setContent(workspace: Workspace, view: View, source: JsonObject): View {
  view.content = contentOf(workspace, source);
  view.hash = newHash(workspace);
  view.state = initialState(view.content.blocks, view.state);
  view.errors = {};
  announce(workspace, { kind: view.type === 'home' ? 'home' : 'views', user: view.user });
  return view;
}

/** An open modal or a Home by view id or the app's external id. */
export function findView(
  workspace: Workspace,
  by: { id?: string | undefined; externalId?: string | undefined },
): View | undefined {
  const all = [...[...workspace.modals.values()].flat(), ...workspace.homes.values()];
  if (by.id !== undefined) return all.find((view) => view.id === by.id);
  return all.find((view) => by.externalId !== undefined && view.content.externalId === by.externalId);
}

/** Takes the view and everything above it off the person's stack. */
export function closeFrom(workspace: Workspace, view: View): void {
  const stack = modalsOf(workspace, view.user);
  const position = stack.indexOf(view);
  if (position < 0) return;
  workspace.modals.set(view.user, stack.slice(0, position));
  announce(workspace, { kind: 'views', user: view.user });
}

/** Closes all modals of a person. */
export function clearViews(workspace: Workspace, user: string): void {
  workspace.modals.delete(user);
  announce(workspace, { kind: 'views', user });
}

interface NewView {
  readonly id: string;
  readonly user: string;
  readonly source: JsonObject;
  readonly type: View['type'];
  readonly rootViewId: string;
  readonly previousViewId: string | undefined;
}

function newView(workspace: Workspace, { source, ...rest }: NewView): View {
  const content = contentOf(workspace, source);
  return { ...rest, content, hash: newHash(workspace), state: initialState(content.blocks), errors: {} };
}

function newHash(workspace: Workspace): string {
  return `${Math.floor(workspace.now() / 1000)}.${workspace.ids.secret().slice(0, 8)}`;
}

function contentOf(workspace: Workspace, source: JsonObject): ViewContent {
  return {
    title: objectIn(source, 'title'),
    submit: objectIn(source, 'submit'),
    close: objectIn(source, 'close'),
    blocks: withIds(objectsIn(source['blocks']), workspace.ids),
    privateMetadata: stringIn(source, 'private_metadata') ?? '',
    callbackId: stringIn(source, 'callback_id') ?? '',
    externalId: stringIn(source, 'external_id') ?? '',
    clearOnClose: source['clear_on_close'] === true,
    notifyOnClose: source['notify_on_close'] === true,
  };
}
