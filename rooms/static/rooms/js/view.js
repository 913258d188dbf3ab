/**
 * What the page shows at one moment, derived from the socket's state: who I am here and what I may ask for.
 *
 * @typedef {import("./state.js").Person} Person
 * @typedef {import("./state.js").StageEntry} StageEntry
 * @typedef {"host" | "cohost" | "speaker" | "listener" | "guest"} Role
 * @typedef {object} PageData what the server wrote into the page
 * @property {string} id
 * @property {string} title
 * @property {string} address the room's page
 * @property {Still | null} still what a picture shows, where nothing is connected
 * @property {string} socket
 * @property {Person | null} you
 * @property {number} seq
 * @property {import("./state.js").RoomState} state
 * @property {import("./protocol.js").Audience | null} audience who is here as far as the server knew it
 * @property {Record<string, string[]>} may actions by role
 * @property {Record<string, string[]>} below the roles that a role may move or mute
 * @property {number} stage_limit
 * @property {boolean} followed_by_host whether the host of this page's `state` follows me
 * @property {string} people where everybody who is connected can be read, a page at a time
 * @property {string} ping whom I may ask in
 * @property {string} report where staff are told of the room, or with `person` of somebody in it, with `message` of what they wrote
 * @property {string} profile a person's page, with HANDLE for the handle
 * @property {import("./blocks.js").Blocks} [blocks] who of the stage is not heard by whom, as I may know it
 * @property {string[]} [hidden] whose messages I do not see
 * @property {string} [chat] where older messages are
 * @property {string} [words] where I keep the words that I refuse
 * @property {Record<string, string>} [topics] what topics are called here, by their address
 * @property {string[]} [quiet] whose coming and going makes no sound for me
 * @typedef {{levels?: Record<string, number>, reactions?: Record<string, number>} & Partial<Pick<View, "phase" |
 *   "hearing" | "voice" | "network" | "tap" | "paused">>} Still `levels`: how loudly each person is heard, 0 to 1;
 *   `reactions`: how often each was shown in the last minute
 * @typedef {object} View
 * @property {PageData} page
 * @property {import("./state.js").RoomState} state
 * @property {Person | null} you
 * @property {Role} role
 * @property {StageEntry[]} seats the stage as it sits
 * @property {number} place my place in the queue, 0 for none
 * @property {boolean} invited whether I am asked on stage
 * @property {import("./protocol.js").Audience | null} audience
 * @property {import("./protocol.js").Phase} phase
 * @property {import("./audio.js").Hearing} hearing what I hear of the room
 * @property {import("./audio.js").Voice} voice what my microphone is doing
 * @property {import("./quality.js").Grade} network
 * @property {boolean} tap whether there will be no sound without a tap
 * @property {boolean} paused whether I have silenced the room, or another sound has
 * @property {import("./blocks.js").Blocks} blocks
 */

/** @type {import("./blocks.js").Blocks} */
const NO_BLOCKS = { any: false, unheard: [], unheard_by: [] };

/** The host, the co-hosts, then whoever came first; rooms/now.py sorts the same way. */
const SEAT_ORDER = /** @type {Record<string, number>} */ ({ host: 0, cohost: 1, speaker: 2 });

/**
 * @param {PageData} page
 * @param {import("./protocol.js").RoomProtocol} protocol
 * @param {Pick<import("./audio.js").RoomAudio, "hearing" | "voice" | "network">} sound
 * @param {Pick<import("./playback.js").Playback, "waits" | "paused" | "elsewhere">} playback
 * @returns {View}
 */
export function viewOf(page, protocol, sound, { waits, paused, elsewhere }) {
  const { voice, network } = sound;
  const hearing = elsewhere ? "elsewhere" : sound.hearing;
  const { state, phase } = protocol;
  const audience = protocol.audience ?? page.audience;
  const silent = hearing === "off" || hearing === "elsewhere" || hearing === "refused";
  const you = protocol.session ? protocol.you : page.you;
  return {
    page,
    state,
    audience,
    phase,
    hearing,
    voice,
    network,
    tap: waits !== null && (waits || silent),
    paused,
    you,
    role: you ? roleOf(state, you.id) : "guest",
    seats: [...state.stage].sort((one, other) => SEAT_ORDER[one.role] - SEAT_ORDER[other.role]),
    place: state.hands.findIndex((hand) => hand.person.id === you?.id) + 1,
    invited: state.invited.some((invitation) => invitation.person.id === you?.id),
    blocks: page.blocks ?? NO_BLOCKS,
    ...page.still,
  };
}

/**
 * @param {import("./state.js").RoomState} state
 * @param {string} id
 * @returns {Role}
 */
export function roleOf(state, id) {
  const entry = state.stage.find(({ person }) => person.id === id);
  return /** @type {Role} */ (entry?.role ?? "listener");
}

/**
 * @param {View} view
 * @param {string} action
 */
export const may = ({ page, role }, action) => (page.may[role] ?? []).includes(action);

/**
 * Whether I may do `action` to somebody whose role is `target`.
 *
 * @param {View} view
 * @param {string} action
 * @param {Role} target
 */
export const mayTo = (view, action, target) =>
  may(view, action) && (view.page.below[view.role] ?? []).includes(target);

/**
 * Those who are connected but not on the stage, as far as the sample and what was read beyond it go.
 *
 * @param {View} view
 * @param {Person[]} [beyond]
 * @returns {Person[]}
 */
export function listeners({ audience, state }, beyond = []) {
  const seen = new Set(state.stage.map(({ person }) => person.id));
  return [...(audience?.sample ?? []), ...beyond].filter(({ id }) => !seen.has(id) && seen.add(id));
}

/**
 * How many are connected and not on the stage.
 *
 * @param {View} view
 */
export function listening({ audience, state }) {
  if (!audience) return 0;
  const seated = new Set(state.stage.map(({ person }) => person.id));
  const away = audience.away.filter((id) => seated.has(id)).length;
  return Math.max(0, audience.people - (seated.size - away)) + audience.guests;
}
