/** Words of the interface, from Django's JavaScriptCatalog; English if the catalog did not load. */

/** @type {{gettext?: (text: string) => string, ngettext?: (one: string, many: string, count: number) => string,
 *   pgettext?: (context: string, text: string) => string}} */
const catalog = /** @type {any} */ (globalThis);

/** @param {string} text */
export const gettext = (text) => catalog.gettext?.(text) ?? text;

/**
 * @param {string} context
 * @param {string} text
 */
export const pgettext = (context, text) => catalog.pgettext?.(context, text) ?? text;

/**
 * @param {string} one
 * @param {string} many
 * @param {number} count
 */
export const ngettext = (one, many, count) => catalog.ngettext?.(one, many, count) ?? (count === 1 ? one : many);

/**
 * Put values in the places that `%(name)s` marks.
 *
 * @param {string} text
 * @param {Record<string, string | number>} values
 */
export const fill = (text, values) => text.replace(/%\((\w+)\)s/g, (_, name) => String(values[name]));
