/**
 * The numbered state of a room and what each event does to it: pure, and the same as rooms/state.py.
 *
 * @typedef {{id: string, handle: string, name: string, portrait: string}} Person
 * @typedef {{id: string, title: string, description: string, language: string, state: string,
 *   starts_at: string | null, started_at: string | null, ended_at: string | null, recording: boolean,
 *   recording_trouble: boolean, hands_locked: boolean, stage_locked: boolean, speak_rule: string,
 *   offered_to: string | null, host_awaited_until: string | null, closing_at: string | null,
 *   entry_rule: string, guests_listen: boolean, chat_open: boolean, chat_slow: number,
 *   topics: string[]}} RoomFields
 * @typedef {{person: Person, role: string, muted: boolean}} StageEntry
 * @typedef {{person: Person, raised_at: string, reason: string, pinned: boolean}} HandEntry
 * @typedef {{person: Person}} InvitedEntry
 * @typedef {{id: string, seq: number, person: Person, text: string, at: string, removed: boolean,
 *   tip?: TipEntry}} ChatEntry with `tip` where tips.js shows one among messages
 * @typedef {{id: string, seq: number, person: Person | null, to: Person, amount: number, currency: string, text: string,
 *   at: string, removed: boolean}} TipEntry
 * @typedef {{id: string, seq: number, kind: "link" | "note", person: Person, url: string, text: string,
 *   pinned: boolean, state: "loading" | "ready" | "failed", title: string, site: string, picture: string}} BoardEntry
 * @typedef {{room: RoomFields, stage: StageEntry[], hands: HandEntry[], invited: InvitedEntry[], chat: ChatEntry[],
 *   board: BoardEntry[], tips: TipEntry[]}} RoomState
 * @typedef {{seq: number, type: string, at: string, [key: string]: any}} RoomEvent
 */

/** So many messages are in the state; CHAT_SHOWN of rooms/state.py is the same. */
export const CHAT_SHOWN = 50;
/** And so many tips; TIPS_SHOWN of rooms/state.py is the same. */
export const TIPS_SHOWN = 20;

/** What is known before anything was heard: event 1 fills it. @type {RoomState} */
export const NOTHING = Object.freeze({
  room: {
    id: "", title: "", description: "", language: "", state: "", starts_at: null, started_at: null, ended_at: null,
    recording: false, recording_trouble: false, hands_locked: false, stage_locked: false, speak_rule: "everyone",
    offered_to: null, host_awaited_until: null, closing_at: null, entry_rule: "everyone",
    guests_listen: true, chat_open: true, chat_slow: 0, topics: [],
  },
  stage: [],
  hands: [],
  invited: [],
  chat: [],
  board: [],
  tips: [],
});

/**
 * @template {{person: Person}} T
 * @param {T[]} entries
 * @param {string} id
 * @returns {T[]}
 */
const without = (entries, id) => entries.filter((entry) => entry.person.id !== id);

/**
 * @param {RoomState} state
 * @param {RoomEvent} event
 * @param {Partial<StageEntry>} changed
 * @returns {RoomState}
 */
const onStage = (state, event, changed) => ({
  ...state,
  stage: state.stage.map((entry) => (entry.person.id === event.id ? { ...entry, ...changed } : entry)),
});

/**
 * @param {RoomState} state
 * @param {Partial<RoomFields>} changed
 * @returns {RoomState}
 */
const inRoom = (state, changed) => ({ ...state, room: { ...state.room, ...changed } });

/**
 * @template {{person: Person}} T
 * @param {T[]} entries
 * @param {Person} person
 * @returns {T[]}
 */
const renewed = (entries, person) =>
  entries.map((entry) => (entry.person.id === person.id ? { ...entry, person } : entry));

/** @type {Record<string, (state: RoomState, event: RoomEvent) => RoomState>} */
const CHANGES = {
  "room.opened": (_state, { room, host }) => ({
    room,
    stage: [{ person: host, role: "host", muted: true }],
    hands: [],
    invited: [],
    chat: [],
    board: [],
    tips: [],
  }),
  "room.changed": (state, { room }) => inRoom(state, room),
  "room.ended": (state, { ended_at }) => ({
    ...state,
    room: { ...state.room, state: "ended", ended_at, offered_to: null },
    hands: [],
    invited: [],
  }),
  "stage.joined": (state, { person, role }) => ({
    ...state,
    stage: [...without(state.stage, person.id), { person, role, muted: true }],
    hands: without(state.hands, person.id),
    invited: without(state.invited, person.id),
  }),
  "stage.left": (state, { id }) => ({ ...state, stage: without(state.stage, id) }),
  "stage.role": (state, event) => onStage(state, event, { role: event.role }),
  "stage.host": (state, { id, former }) => ({
    ...state,
    stage: state.stage.map((entry) => {
      if (entry.person.id === id) return { ...entry, role: "host" };
      return entry.role === "host" ? { ...entry, role: former } : entry;
    }),
  }),
  "stage.muted": (state, event) => onStage(state, event, { muted: event.muted }),
  "recording.started": (state) => inRoom(state, { recording: true, recording_trouble: false }),
  "recording.stopped": (state) => inRoom(state, { recording: false, recording_trouble: false }),
  "recording.trouble": (state, { trouble }) => inRoom(state, { recording_trouble: trouble }),
  // Events from before there were reasons have none.
  "hand.raised": (state, { person, raised_at, reason = "" }) => ({
    ...state,
    hands: [...without(state.hands, person.id), { person, raised_at, reason, pinned: false }],
  }),
  "hand.lowered": (state, { id }) => ({ ...state, hands: without(state.hands, id) }),
  "hand.moved": (state, { id, place, pinned }) => {
    const moved = state.hands.filter(({ person }) => person.id === id).map((hand) => ({ ...hand, pinned }));
    const others = without(state.hands, id);
    return { ...state, hands: [...others.slice(0, place - 1), ...moved, ...others.slice(place - 1)] };
  },
  "hand.reason": (state, { id, reason }) => ({
    ...state,
    hands: state.hands.map((hand) => (hand.person.id === id ? { ...hand, reason } : hand)),
  }),
  "hands.cleared": (state) => ({ ...state, hands: [] }),
  "hands.restored": (state, { hands }) => ({ ...state, hands }),
  invited: (state, { person }) => ({
    ...state,
    hands: without(state.hands, person.id),
    invited: [...without(state.invited, person.id), { person }],
  }),
  "invitation.gone": (state, { id }) => ({ ...state, invited: without(state.invited, id) }),
  "person.changed": (state, { person }) => ({
    ...state,
    stage: renewed(state.stage, person),
    hands: renewed(state.hands, person),
    invited: renewed(state.invited, person),
    chat: renewed(state.chat, person),
    board: renewed(state.board, person),
    tips: state.tips.map((tip) => ({
      ...tip,
      person: tip.person?.id === person.id ? person : tip.person,
      to: tip.to.id === person.id ? person : tip.to,
    })),
  }),
  "chat.said": (state, { id, seq, person, text, at }) => ({
    ...state,
    chat: [...state.chat, { id, seq, person, text, at, removed: false }].slice(-CHAT_SHOWN),
  }),
  "chat.removed": (state, { id }) => ({
    ...state,
    chat: state.chat.map((entry) => (entry.id === id ? { ...entry, text: "", removed: true } : entry)),
  }),
  "board.put": (state, { item }) => ({
    ...state,
    board: [...state.board.filter(({ id }) => id !== item.id), item].sort((one, other) => one.seq - other.seq),
  }),
  "board.pinned": (state, { id }) => ({
    ...state,
    board: state.board.map((entry) => ({ ...entry, pinned: entry.id === id })),
  }),
  "board.removed": (state, { id }) => ({ ...state, board: state.board.filter((entry) => entry.id !== id) }),
  "tip.put": (state, { tip }) => ({
    ...state,
    tips: [...state.tips.filter(({ id }) => id !== tip.id), tip].sort((one, other) => one.seq - other.seq).slice(-TIPS_SHOWN),
  }),
};

/** The types of events, for the test that compares this file with rooms/protocol/ and docs/protocol.md. */
export const EVENT_TYPES = Object.freeze(Object.keys(CHANGES));

/**
 * Return the state after the event; nothing is changed in place. A type from a newer server changes nothing.
 *
 * @param {RoomState} state
 * @param {RoomEvent} event
 * @returns {RoomState}
 */
export function applyEvent(state, event) {
  return Object.hasOwn(CHANGES, event.type) ? CHANGES[event.type](state, event) : state;
}
