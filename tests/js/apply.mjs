/** Reads lists of events from standard input and writes the state after each list: for test_state_parity.py. */

import { stdin } from "node:process";

import { NOTHING, applyEvent } from "../../rooms/static/rooms/js/state.js";

let text = "";
for await (const chunk of stdin) text += chunk;
console.log(JSON.stringify(JSON.parse(text).map((events) => events.reduce(applyEvent, NOTHING))));
