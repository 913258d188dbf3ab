/** Who of the stage is not heard by whom. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { apartWords, concernsMe, followBlocks, mayChange } from "../../rooms/static/rooms/js/blocks.js";

const NOBODY = { any: false, unheard: [], unheard_by: [] };

test("words are of whom I do not hear, and of who does not hear me", () => {
  const blocks = { any: true, unheard: ["a", "both"], unheard_by: ["b", "both"] };
  const said = ["a", "b", "both", "c"].map((id) => apartWords(blocks, id));
  assert.deepEqual(said, [
    "blocked: you do not hear them", "does not hear you", "blocked: you do not hear them", "",
  ]);
});

test("it concerns who sits on the stage, and who has blocked somebody", () => {
  const roles = ["host", "cohost", "speaker", "listener", "guest"];
  assert.deepEqual(roles.map((role) => concernsMe({ blocks: NOBODY, role })), [true, true, true, false, false]);
  assert.equal(concernsMe({ blocks: { ...NOBODY, any: true }, role: "listener" }), true);
});

test("who comes on the stage may change it, and so does everything anew", () => {
  assert.equal(mayChange(null), true);
  assert.equal(mayChange([{ type: "hand.raised" }, { type: "stage.joined" }]), true);
  assert.equal(mayChange([{ type: "stage.left" }]), false);
  assert.equal(mayChange([]), false);
});

test("it is asked at each change, and a question that gets lost harms nothing", async () => {
  const protocol = new EventTarget();
  const answers = [{ any: true, unheard: ["a"], unheard_by: [], hidden: ["a", "c"], id: "1", type: "ok" }, null];
  protocol.command = async (type) => {
    assert.equal(type, "blocks.list");
    const answer = answers.shift();
    if (!answer) throw new Error("disconnected");
    return answer;
  };
  const learned = [];
  const view = { blocks: NOBODY, role: "listener" };
  const visit = Object.assign(new EventTarget(), { protocol, view, asking: 0, learn: (news) => learned.push(news) });
  // Nothing new of the chat is shown until the last answer is there.
  const shown = [];
  visit.addEventListener("said", () => shown.push(visit.asking));
  followBlocks(visit);
  protocol.dispatchEvent(new CustomEvent("change", { detail: [{ type: "stage.joined" }] }));
  protocol.dispatchEvent(new Event("blocks"));
  protocol.dispatchEvent(new Event("blocks"));
  assert.equal(visit.asking, 2);
  await new Promise((done) => setTimeout(done));
  assert.deepEqual(learned, [{ blocks: { any: true, unheard: ["a"], unheard_by: [] }, hidden: ["a", "c"] }]);
  assert.deepEqual(shown, [0]);
});
