/**
 * Makes an element. Strings among the children become text nodes, so nothing that comes from outside is ever read as markup.
 * Attributes: `on*` functions are listeners, `true` sets an empty attribute, false and absent values set none.
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === undefined || value === null) continue;
    if (typeof value === 'function') element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? '' : String(value));
  }
  element.append(...flat(children));
  return element;
}

function flat(children) {
  return children
    .flat(Infinity)
    .filter((child) => child !== undefined && child !== null && child !== false && child !== '');
}

/** Replaces everything inside an element. */
export function fill(element, ...children) {
  element.replaceChildren(...flat(children));
}

/** The element with this id, which the page's own markup always has. */
export function byId(id) {
  return document.getElementById(id);
}

/** The words of a text object as prepared by the server; empty for none. */
export function wordsOf(text) {
  return text?.shown ?? text?.text ?? '';
}

/** Runs a redraw and gives the focus back to the element that stands for the one that had it. */
export function keepingFocus(root, redraw) {
  const active = root.contains(document.activeElement) ? document.activeElement : null;
  const mark = active?.getAttribute('data-testid');
  const selection = active && 'selectionStart' in active ? [active.selectionStart, active.selectionEnd] : null;
  redraw();
  if (!mark || root.contains(document.activeElement)) return;
  const again = root.querySelector(`[data-testid="${CSS.escape(mark)}"]`);
  again?.focus();
  if (again && selection && selection[0] !== null && 'setSelectionRange' in again)
    again.setSelectionRange(...selection);
}
