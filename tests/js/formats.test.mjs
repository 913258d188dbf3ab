/** Numbers, lists and lengths as languages write them; the same as tests/config/test_formats.py where both know it. */

import assert from "node:assert/strict";
import test from "node:test";

/** The module as a page in that language has it. */
async function formatsIn(language) {
  globalThis.document = { documentElement: { lang: language } };
  return import(`../../config/static/site/js/formats.js?${language}`);
}

const EXPECTED = {
  en: { number: "30,000", percent: "13%", list: "Ada, Ben, and Cy", ordinals: ["1st", "2nd", "3rd", "4th", "11th", "1,001st"] },
  fr: { number: "30\u00a0000", percent: "13\u00a0%", list: "Ada, Ben et Cy" },
  de: { number: "30.000", percent: "13\u00a0%", list: "Ada, Ben und Cy" },
};

for (const [language, expected] of Object.entries(EXPECTED)) {
  test(`as ${language} writes it`, async () => {
    const { number, percent, list, ordinal } = await formatsIn(language);
    const written = { number: number(30_000), percent: percent(0.13), list: list(["Ada", "Ben", "Cy"]) };
    const ordinals = expected.ordinals && { ordinals: [1, 2, 3, 4, 11, 1001].map(ordinal) };
    assert.deepEqual({ ...written, ...ordinals }, expected);
  });
}

test("lengths as players write them", async () => {
  const { clockOf } = await formatsIn("en");
  const seconds = [-1, 0, 59.9, 60, 245, 3599, 3600, 3729];
  assert.deepEqual(seconds.map(clockOf), ["0:00", "0:00", "0:59", "1:00", "4:05", "59:59", "1:00:00", "1:02:09"]);
});

test("lengths that nobody counts in seconds", async () => {
  const { minutesLong } = await formatsIn("en");
  assert.deepEqual([1, 59, 60, 125].map(minutesLong), ["1 min", "59 min", "1 h 00", "2 h 05"]);
});
