/**
 * Microphones and loudspeakers as the browser lists them. It knows no page.
 *
 * @typedef {Pick<MediaDeviceInfo, "kind" | "deviceId" | "label">} Device
 * @typedef {{id: string, name: string}} Choice
 */

/** Chromium lists the system's own choices a second time, under these ids; ours is called by no id at all. */
const SYSTEMS_OWN = new Set(["", "default", "communications"]);

/**
 * What can be chosen. Before the microphone is allowed no device has a name, and there is nothing to choose from.
 *
 * @param {Device[]} devices
 * @param {"audioinput" | "audiooutput"} kind
 * @returns {Choice[]}
 */
export const choicesOf = (devices, kind) =>
  devices
    .filter((device) => device.kind === kind && device.label && !SYSTEMS_OWN.has(device.deviceId))
    .map(({ deviceId, label }) => ({ id: deviceId, name: label }));

/**
 * The device that is meant, if it is there: by its id, else by its name.
 *
 * @param {Device[]} devices
 * @param {"audioinput" | "audiooutput"} kind
 * @param {Choice} wish
 * @returns {Choice | null}
 */
export function findDevice(devices, kind, wish) {
  if (!wish.id) return null;
  const choices = choicesOf(devices, kind);
  const byName = wish.name ? choices.find(({ name }) => name === wish.name) : undefined;
  return choices.find(({ id }) => id === wish.id) ?? byName ?? null;
}
