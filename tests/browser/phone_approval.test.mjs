// A sign-in that the phone confirms, the computer and the phone side by side: the first connection, the
// sign-in after it, and what is done with numbers and requests that are not one's own.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { openProfile } from "./support/browser.mjs";
import { ANDROID, Bench, complains, confirm, see } from "./support/phone.mjs";
import { PAGE, PORTAL } from "./support/phone_portal.mjs";
import { at, comeBack, connect, shownNumber, sitDown } from "./support/side_by_side.mjs";
import { firstConnection, identity, load, pathOf } from "./support/walk.mjs";
import { wordsOf } from "./support/words.mjs";

const WORDS = wordsOf("en");
/** From the mail's button to the portal. */
const SCREENS_MAX = 12;
const bench = new Bench();
before(() => bench.start());
after(() => bench.end());

test("a first connection with the phone, and a sign-in that it confirms", async () => {
  const scene = await sitDown(bench);
  const { person, page, phone } = scene;
  const seen = [];
  page.on("framenavigated", (frame) => {
    const path = new URL(frame.url()).pathname;
    if (path.startsWith("/.vestibule/") && seen.at(-1) !== path) seen.push(path);
  });
  await connect(scene);
  // The computer's; the phone shows three of its own beside them: connect, number, done.
  assert.equal(new Set(seen).size, seen.length, "each screen once");
  assert.ok(seen.length <= SCREENS_MAX, seen.join(" "));
  await phone.locator("#approved button").click();
  await see(phone, "waiting");

  const told = phone.waitForResponse(async (answer) => (await answer.json().catch(() => ({}))).request);
  await comeBack(scene);
  // What the phone is told has everything that is needed but the number.
  const { request } = await (await told).json();
  const known = ["address", "asked", "browser", "digits", "expires", "id", "nonce", "now", "same_network", "setting_up"];
  assert.deepEqual(Object.keys(request).sort(), known);
  await see(phone, "request");
  assert.equal(await phone.locator("#later").isVisible(), true);
  const asked = await phone.locator("#request dl").innerText();
  for (const about of [PORTAL, person.name, WORDS["phone-request-place-same"]]) assert.ok(asked.includes(about), asked);
  await confirm(phone, await shownNumber(page));
  await see(phone, "approved");
  await at(page, "/invoices");
  assert.equal((await identity(page))["remote-user"], person.name);
  await scene.end();
});

test("a wrong number closes the request, and the next one is another", async () => {
  const scene = await sitDown(bench);
  const { hand, page, phone } = scene;
  await connect(scene);
  await phone.locator("#approved button").click();
  await comeBack(scene);
  await see(phone, "request");
  const first = await shownNumber(page);
  await confirm(phone, first === "10" ? "11" : "10");
  await see(phone, "wrong");
  await page.locator("#problem").waitFor();
  assert.equal(await page.locator("#problem").textContent(), WORDS["approve-wrong"]);
  await hand.press("main form button.go");
  await see(phone, "request");
  const second = await shownNumber(page);
  assert.notEqual(second, first);
  await confirm(phone, first);
  await see(phone, "wrong");
  assert.equal(pathOf(page), "/.vestibule/approve");
  await load(page, () => page.locator("main form button.go").click());
  await see(phone, "request");
  await confirm(phone, await shownNumber(page));
  await see(phone, "approved");
  await at(page, "/invoices");
  await scene.end();
});

test("no on the phone ends the sign-in on the computer", async () => {
  const scene = await sitDown(bench);
  const { page, phone } = scene;
  await connect(scene);
  await phone.locator("#approved button").click();
  await comeBack(scene);
  await see(phone, "request");
  await phone.locator("#no").click();
  await phone.locator("#stop-yes").click();
  await see(phone, "refused");
  await page.locator("h1", { hasText: WORDS["approve-stopped-title"] }).waitFor();
  await page.goto(bench.gateway.url("/invoices"));
  assert.notEqual(pathOf(page), "/invoices");
  await scene.end();
});

test("a code connects one phone, and no second one", async () => {
  const scene = await sitDown(bench);
  const { person, hand, page, phone } = scene;
  await firstConnection(hand, person, { until: "secure" });
  await page.locator("input[value=approval]").check();
  await hand.press("main form button.go");
  await page.locator("summary").first().click();
  const code = await page.locator(".by-hand code").textContent();
  const thief = await openProfile(bench.browser, bench.gateway.origin, { userAgent: ANDROID });
  const other = await thief.newPage();
  const join = async (device) => {
    await device.goto(bench.gateway.url(PAGE));
    await device.locator("#code").fill(code.toUpperCase());
    await device.locator("#connect button.go").click();
  };
  await join(phone);
  // The computer goes on by itself, and may have asked already.
  await phone.locator("#waiting:not([hidden]), #request:not([hidden])").waitFor();
  await join(other);
  await see(other, "connect");
  await complains(other, WORDS["phone-problem-code-over"]);
  await thief.close();
  await scene.end();
});
