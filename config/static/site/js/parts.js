/** Parts of the page: slots by name, copies of templates, lists kept by key so that nothing is rebuilt in vain. */

/**
 * The element that carries `data-slot="name"` within `root`.
 *
 * @param {ParentNode} root
 * @param {string} name
 * @returns {HTMLElement}
 */
export function slot(root, name) {
  const found = maybeSlot(root, name);
  if (!found) throw new Error(`The page has no slot ${name}.`);
  return found;
}

/**
 * @param {ParentNode} root
 * @param {string} name
 * @returns {HTMLElement | null}
 */
export const maybeSlot = (root, name) => root.querySelector(`[data-slot="${name}"]`);

/**
 * @param {string} id
 * @returns {HTMLElement}
 */
export function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`The page has no #${id}.`);
  return found;
}

/**
 * Set a text only if it differs: a screen reader may hear, and a browser lays out, every assignment.
 *
 * @param {HTMLElement} element
 * @param {string} text
 */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * @param {HTMLElement} element
 * @param {string} name
 * @param {string} value
 */
export function mark(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

/**
 * @param {HTMLElement} root
 * @param {{portrait: string}} person
 */
export function showPortrait(root, person) {
  mark(slot(root, "portrait"), "src", person.portrait);
}

/**
 * Make the children of `list` match `items`, in order. A child that stays is the same element, and is moved only if
 * it must; if the one that had the focus goes, the focus goes to what took its place.
 *
 * @template T
 * @param {HTMLElement} list
 * @param {string} templateId
 * @param {T[]} items
 * @param {(item: T) => string} keyOf
 * @param {(element: HTMLElement, item: T, index: number) => void} update
 */
export function fillList(list, templateId, items, keyOf, update) {
  const wanted = new Set(items.map(keyOf));
  /** @type {Map<string, HTMLElement>} */
  const present = new Map();
  let focusAt = -1;
  [.../** @type {Iterable<HTMLElement>} */ (list.children)].forEach((child, index) => {
    const key = child.dataset.key;
    if (key && wanted.has(key)) present.set(key, child);
    else {
      if (child.contains(document.activeElement)) focusAt = index;
      child.remove();
    }
  });
  let next = list.firstElementChild;
  items.forEach((item, index) => {
    const key = keyOf(item);
    const element = present.get(key) ?? copyOf(templateId, key);
    update(element, item, index);
    if (element === next) next = element.nextElementSibling;
    else list.insertBefore(element, next);
  });
  if (focusAt >= 0) focusNear(list, focusAt);
}

/**
 * @param {string} templateId
 * @param {string} key
 */
function copyOf(templateId, key) {
  const template = /** @type {HTMLTemplateElement} */ (byId(templateId));
  const element = /** @type {HTMLElement} */ (template.content.firstElementChild?.cloneNode(true));
  element.dataset.key = key;
  for (const opener of element.querySelectorAll("[data-open]")) opener.setAttribute("data-open", key);
  return element;
}

/**
 * @param {HTMLElement} list
 * @param {number} index
 */
function focusNear(list, index) {
  const child = list.children[Math.min(index, list.children.length - 1)];
  const target = [...(child?.querySelectorAll("button") ?? [])].find((button) => button.checkVisibility());
  const fallback = /** @type {HTMLElement | null} */ (list.closest("[tabindex]"));
  (target ?? fallback)?.focus({ preventScroll: true });
}
