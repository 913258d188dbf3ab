/** How the microphone is allowed: told apart by what real browsers call themselves. */

import assert from "node:assert/strict";
import { test } from "node:test";

globalThis.document = { documentElement: { lang: "en" } };
const { allowSteps, browserOf, systemOf } = await import("../../rooms/static/rooms/js/permission_help.js");
const { microphoneHelp } = await import("../../rooms/static/rooms/js/microphone_words.js");
const { voiceWords } = await import("../../rooms/static/rooms/js/sound_words.js");

const WEBKIT = "AppleWebKit/605.1.15 (KHTML, like Gecko)";
const BLINK = "AppleWebKit/537.36 (KHTML, like Gecko)";
const WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)";
const MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)";
const LINUX = "Mozilla/5.0 (X11; Linux x86_64)";
const ANDROID = "Mozilla/5.0 (Linux; Android 10; K)";
const IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X)";
const IPAD = "Mozilla/5.0 (iPad; CPU OS 17_7 like Mac OS X)";

const PEOPLE_USE = [
  ["Chrome on Windows", `${WINDOWS} ${BLINK} Chrome/142.0.0.0 Safari/537.36`, "chromium", "windows"],
  ["Chrome on a Mac", `${MAC} ${BLINK} Chrome/142.0.0.0 Safari/537.36`, "chromium", "mac"],
  ["Chrome on Linux", `${LINUX} ${BLINK} Chrome/142.0.0.0 Safari/537.36`, "chromium", "other"],
  ["Chrome on ChromeOS", `Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) ${BLINK} Chrome/142.0.0.0 Safari/537.36`, "chromium",
    "chromeos"],
  ["Opera on Windows", `${WINDOWS} ${BLINK} Chrome/140.0.0.0 Safari/537.36 OPR/124.0.0.0`, "chromium", "windows"],
  ["Edge on Windows", `${WINDOWS} ${BLINK} Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0`, "edge", "windows"],
  ["Edge on a Mac", `${MAC} ${BLINK} Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0`, "edge", "mac"],
  ["Edge on Android", `${ANDROID} ${BLINK} Chrome/142.0.0.0 Mobile Safari/537.36 EdgA/142.0.0.0`, "chromium_android",
    "android"],
  ["Chrome on Android", `${ANDROID} ${BLINK} Chrome/142.0.0.0 Mobile Safari/537.36`, "chromium_android", "android"],
  ["Samsung Internet", `${ANDROID} ${BLINK} SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36`, "samsung",
    "android"],
  ["Firefox on Windows", "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:144.0) Gecko/20100101 Firefox/144.0", "firefox",
    "windows"],
  ["Firefox on a Mac", "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:144.0) Gecko/20100101 Firefox/144.0", "firefox",
    "mac"],
  ["Firefox on Android", "Mozilla/5.0 (Android 15; Mobile; rv:144.0) Gecko/144.0 Firefox/144.0", "firefox_android",
    "android"],
  ["Safari on a Mac", `${MAC} ${WEBKIT} Version/18.5 Safari/605.1.15`, "safari", "mac"],
  ["Safari on an iPhone", `${IPHONE} ${WEBKIT} Version/18.5 Mobile/15E148 Safari/604.1`, "safari_ios", "ios"],
  ["Safari on an iPad that wants mobile pages", `${IPAD} ${WEBKIT} Version/17.7 Mobile/15E148 Safari/604.1`, "safari_ios",
    "ios"],
  ["Chrome on an iPhone", `${IPHONE} ${WEBKIT} CriOS/142.0.7444.46 Mobile/15E148 Safari/604.1`, "other_ios", "ios"],
  ["Firefox on an iPhone", `${IPHONE} ${WEBKIT} FxiOS/144.0 Mobile/15E148 Safari/605.1.15`, "other_ios", "ios"],
  ["Edge on an iPhone", `${IPHONE} ${WEBKIT} Version/18.0 EdgiOS/142.0.0.0 Mobile/15E148 Safari/605.1.15`, "other_ios",
    "ios"],
  ["Facebook on an iPhone", `${IPHONE} ${WEBKIT} Mobile/15E148 [FBAN/FBIOS;FBAV/530.0.0.37.78;FBDV/iPhone14,5]`, "inside",
    "ios"],
  ["Facebook on Android", "Mozilla/5.0 (Linux; Android 15; SM-S921B Build/AP3A; wv) AppleWebKit/537.36 (KHTML, like " +
    "Gecko) Version/4.0 Chrome/142.0.7444.48 Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/530.0.0.48.74;]", "inside", "android"],
  ["Instagram on an iPhone", `${IPHONE} ${WEBKIT} Mobile/15E148 Instagram 400.0.0.27.75 (iPhone14,5; iOS 18_5)`, "inside",
    "ios"],
  ["Instagram on Android", "Mozilla/5.0 (Linux; Android 15; Pixel 9 Build/BP1A; wv) AppleWebKit/537.36 (KHTML, like " +
    "Gecko) Version/4.0 Chrome/142.0.7444.48 Mobile Safari/537.36 Instagram 400.0.0.49.68 Android", "inside", "android"],
  ["an unnamed app on an iPhone", `${IPHONE} ${WEBKIT} Mobile/15E148`, "inside", "ios"],
  ["something else", "Mozilla/5.0 (compatible; Somebrowser/1.0)", "other", "other"],
];

for (const [name, agent, browser, system] of PEOPLE_USE) {
  test(`${name} is ${browser} on ${system}`, () => {
    assert.deepEqual([browserOf(agent), systemOf(agent)], [browser, system]);
  });
}

test("an iPad calls itself a Mac; only its screen tells", () => {
  const agent = `${MAC} ${WEBKIT} Version/18.5 Safari/605.1.15`;
  assert.deepEqual([browserOf(agent, true), systemOf(agent, true)], ["safari_ios", "ios"]);
  const chrome = `${WINDOWS} ${BLINK} Chrome/142.0.0.0 Safari/537.36`;
  assert.deepEqual([browserOf(chrome, true), systemOf(chrome, true)], ["chromium", "windows"]);
});

test("each browser has its own way", () => {
  const kinds = [...new Set(PEOPLE_USE.map(([, , browser]) => browser))];
  assert.equal(kinds.length, 11);
  assert.equal(new Set(kinds.map((kind) => allowSteps(kind).join())).size, kinds.length);
});

const help = (problem, given) => {
  const { title, words, steps } = microphoneHelp(problem, given);
  return [title, words, steps];
};
const CHROME = PEOPLE_USE[0][1];
const INSTAGRAM = PEOPLE_USE.find(([name]) => name === "Instagram on an iPhone")[1];
const OUT = [
  "This app keeps the microphone closed",
  "Windows inside other apps mostly cannot have the microphone. Your browser can.",
  ["Open this app’s menu, mostly three dots in a corner.", "Choose to open the page in your browser."],
];

test("refused for good: how to allow it, and to come back", () => {
  assert.deepEqual(help("refused", { agent: CHROME }), ["Your browser keeps the microphone closed", "", [
    "Press the icon to the left of the address.", "Beside Microphone, choose Allow.", "Come back here and try again.",
  ]]);
});

test("the question was only closed: the browser asks again", () => {
  assert.deepEqual(help("refused", { agent: CHROME, asks: true }), [
    "Your browser was not told to allow the microphone", "When your browser asks for the microphone, choose Allow.", [],
  ]);
});

test("refused by the system: its own settings", () => {
  assert.deepEqual(help("system", { agent: CHROME }), [
    "Your system keeps the microphone closed", "Your browser may use it here, but is not allowed to itself.",
    ["Open the settings of Windows, then Privacy & security, then Microphone.",
      "Let apps, and desktop apps too, use your microphone."],
  ]);
});

for (const problem of ["refused", "insecure"]) {
  test(`${problem} inside another app: out of it`, () => {
    assert.deepEqual(help(problem, { agent: INSTAGRAM, asks: true }), OUT);
  });
}

test("what is no matter of permission is the same in every browser", () => {
  for (const problem of ["missing", "busy"]) {
    assert.deepEqual(help(problem, { agent: INSTAGRAM }), help(problem, { agent: CHROME }));
  }
  assert.equal(microphoneHelp("insecure", { agent: CHROME }).title, "The microphone needs a secure address");
});

test("what the switch says where the system refuses", () => {
  assert.deepEqual(voiceWords("system"), {
    word: "Blocked", label: "Blocked. Your system keeps the microphone closed. Try again",
  });
});

test("the switch's name begins with the word below it, for those who say it to their computer", () => {
  const voices = [
    "muted", "asking", "connecting", "reconnecting", "air", "elsewhere", "refused", "system", "missing", "busy", "insecure",
  ];
  for (const voice of voices) {
    for (const hold of [false, true]) {
      const { word, label } = voiceWords(voice, hold);
      assert.deepEqual([label.startsWith(`${word}. `), label.length > word.length + 2], [true, true], label);
    }
  }
});
