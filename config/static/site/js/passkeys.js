/**
 * Passkeys (W3C Web Authentication): the browser asks the device, and what it answers goes with the form.
 *
 * The server speaks JSON, in which bytes are base64url; the browser wants buffers.
 */

import { slot } from "./parts.js";
import { gettext } from "./words.js";

/** @typedef {Record<string, any>} Json */

/**
 * @param {HTMLFormElement} form `data-passkey` says what it is for: add, login, or prove that it is you
 * @param {AbortSignal} signal
 */
export function startPasskey(form, signal) {
  const button = /** @type {HTMLButtonElement} */ (slot(form, "go"));
  button.hidden = false;
  // Enter in one of its fields is the button: without a credential there is nothing to send.
  form.addEventListener("submit", (event) => {
    if (field(form).value) return;
    event.preventDefault();
    void ask(form, button, signal);
  });
  button.addEventListener("click", () => void ask(form, button, signal));
}

/** @param {HTMLFormElement} form */
const field = (form) => /** @type {HTMLInputElement} */ (slot(form, "credential"));

/**
 * @param {HTMLFormElement} form
 * @param {HTMLButtonElement} button
 * @param {AbortSignal} signal
 */
async function ask(form, button, signal) {
  if (button.getAttribute("aria-busy")) return;
  say(form, "");
  button.setAttribute("aria-busy", "true");
  try {
    if (!window.PublicKeyCredential) throw new DOMException("", "NotSupportedError");
    const credential = form.dataset.passkey === "add" ? await create(form, signal) : await get(form, signal);
    field(form).value = JSON.stringify(asJson(credential));
    form.submit();
  } catch (error) {
    button.removeAttribute("aria-busy");
    if (!signal.aborted) say(form, wordsFor(error));
  }
}

/**
 * @param {HTMLFormElement} form
 * @param {string} text
 */
function say(form, text) {
  const trouble = slot(form, "trouble");
  trouble.textContent = text;
  trouble.hidden = !text;
}

/** @param {unknown} error */
function wordsFor(error) {
  switch (error instanceof DOMException && error.name) {
    case "NotAllowedError":
      return gettext("The device was not asked, or said no. Try again when you are ready.");
    case "InvalidStateError":
      return gettext("This device is in your list already.");
    case "SecurityError":
      return gettext("Passkeys need a secure address with a name, such as https://example.org or http://localhost.");
    case "NotSupportedError":
      return gettext("This browser or device knows no passkeys.");
    default:
      return gettext("That did not work. Try again in a moment.");
  }
}

/**
 * @param {HTMLFormElement} form
 * @param {AbortSignal} signal
 */
async function create(form, signal) {
  const { creation_options: options } = written();
  const { publicKey } = options;
  const alone = /** @type {HTMLInputElement | null} */ (form.elements.namedItem("passwordless"))?.checked ?? false;
  return navigator.credentials.create({
    signal,
    publicKey: {
      ...publicKey,
      challenge: toBytes(publicKey.challenge),
      user: { ...publicKey.user, id: toBytes(publicKey.user.id) },
      excludeCredentials: (publicKey.excludeCredentials ?? []).map(withBytes),
      authenticatorSelection: {
        ...publicKey.authenticatorSelection,
        residentKey: alone ? "required" : "discouraged",
        requireResidentKey: alone,
        ...(alone && { userVerification: "required" }),
      },
    },
  });
}

/**
 * @param {HTMLFormElement} form
 * @param {AbortSignal} signal
 */
async function get(form, signal) {
  const { request_options: options } = form.dataset.passkey === "login" ? await fetched(form, signal) : written();
  const { publicKey } = options;
  return navigator.credentials.get({
    signal,
    publicKey: {
      ...publicKey,
      challenge: toBytes(publicKey.challenge),
      allowCredentials: (publicKey.allowCredentials ?? []).map(withBytes),
    },
  });
}

/** What the page brought along. @returns {Json} */
const written = () => JSON.parse(document.getElementById("passkey-options")?.textContent ?? "{}");

/**
 * Whoever logs in is not known yet: a challenge is made when it is asked for.
 *
 * @param {HTMLFormElement} form
 * @param {AbortSignal} signal
 * @returns {Promise<Json>}
 */
async function fetched(form, signal) {
  const answer = await fetch(form.action, { headers: { Accept: "application/json" }, signal });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

/** @param {Json} descriptor */
const withBytes = (descriptor) => /** @type {any} */ ({ ...descriptor, id: toBytes(descriptor.id) });

/** @param {Credential | null} found */
function asJson(found) {
  const credential = /** @type {PublicKeyCredential} */ (found);
  const given = /** @type {Json} */ (credential.response);
  /** @type {Json} */
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (given[name]) response[name] = toText(given[name]);
  }
  if (given.getTransports) response.transports = given.getTransports();
  return {
    id: credential.id,
    rawId: toText(credential.rawId),
    type: credential.type,
    response,
    authenticatorAttachment: credential.authenticatorAttachment,
    clientExtensionResults: credential.getClientExtensionResults(),
  };
}

/** @param {string} text base64url, RFC 4648 section 5 */
function toBytes(text) {
  return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (char) => char.charCodeAt(0));
}

/** @param {ArrayBuffer} bytes */
function toText(bytes) {
  const text = btoa(String.fromCharCode(...new Uint8Array(bytes)));
  return text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
