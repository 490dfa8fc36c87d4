// A phone whose yes needs finger, face or PIN, before the real gateway: with the browser's device in software.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { Bench, complains, confirm, lock, see } from "./support/phone.mjs";
import { PAGE } from "./support/phone_portal.mjs";
import { add, at, comeBack, connect, shownNumber, sitDown } from "./support/side_by_side.mjs";
import { firstConnection, identity, load, pathOf } from "./support/walk.mjs";
import { wordsOf } from "./support/words.mjs";

const WORDS = wordsOf("en");
const ASKED = { signIn: "approval_passkey = true" };
const bench = new Bench();
before(() => bench.start(ASKED));
after(() => bench.end());

test("a yes needs finger, face or PIN, beside the number; no needs nothing", async () => {
  const scene = await sitDown(bench, { owned: true });
  const { person, page, phone, owner } = scene;
  await connect(scene);
  const [passkey, ...others] = await owner.credentials();
  assert.deepEqual(others, []);
  assert.equal(passkey.rpId, "localhost");
  await phone.locator("#approved button").click();

  await comeBack(scene);
  await see(phone, "request");
  const number = await shownNumber(page);
  await owner.verifies(false);
  await confirm(phone, number);
  await complains(phone, WORDS["phone-problem-not-confirmed"]);
  assert.equal(pathOf(page), "/.vestibule/approve", "the computer still waits");
  // Control: with the owner the same number is taken.
  await owner.verifies(true);
  await confirm(phone, number);
  await see(phone, "approved");
  await at(page, "/invoices");
  assert.equal((await identity(page))["remote-user"], person.name);

  await phone.locator("#approved button").click();
  await comeBack(scene);
  await see(phone, "request");
  await owner.verifies(false);
  await phone.locator("#no").click();
  await phone.locator("#stop-yes").click();
  await see(phone, "refused");
  await page.locator("h1", { hasText: WORDS["approve-stopped-title"] }).waitFor();
  await scene.end();
});

test("a phone that cannot show its owner is told what else to do, and joins once it can", async () => {
  const scene = await sitDown(bench);
  const { person, hand, page, phone } = scene;
  await firstConnection(hand, person, { until: "secure" });
  await page.locator("input[value=approval]").check();
  await hand.press("main form button.go");
  await page.locator("summary").first().click();
  const code = await page.locator(".by-hand code").textContent();
  await phone.goto(bench.gateway.url(`${PAGE}#pair=${code}`));
  await phone.locator("#connect button.go").click();
  await see(phone, "keyless");
  assert.equal(await page.locator(".by-hand code").textContent(), code, "the code was not used");
  // Control: with a screen lock, and the same code, it joins.
  await lock(phone);
  await phone.locator("#key-again").click();
  await phone.locator("#connect button.go").click();
  await see(phone, "key");
  await phone.locator("#key-yes").click();
  await at(page, "/.vestibule/approve");
  await scene.end();
});

test("a phone from before is asked no more, and is connected again by way of a spare code", async () => {
  await bench.gateway.restart({ signIn: "" });
  const scene = await sitDown(bench, { owned: true });
  const { person, hand, page, phone, owner } = scene;
  await connect({ ...scene, owner: undefined });
  await phone.locator("#approved button").click();
  await see(phone, "waiting");

  await bench.gateway.restart(ASKED);
  await phone.reload();
  await see(phone, "again");
  assert.equal(await phone.locator("#again-account").textContent(), person.name);
  await comeBack(scene, "/.vestibule/recovery");
  await hand.type("#code", person.codes[0]);
  await hand.send();
  await at(page, "/invoices");
  await add(scene);
  const code = await page.locator(".by-hand code").textContent();
  await phone.locator("#again-yes").click();
  await phone.locator("#code").fill(code);
  await phone.locator("#name").fill("My phone");
  await phone.locator("#connect button.go").click();
  await see(phone, "key");
  await phone.locator("#key-yes").click();
  await at(page, "/.vestibule/approve");
  await see(phone, "request");
  await confirm(phone, await shownNumber(page));
  await see(phone, "approved");
  await at(page, "/.vestibule/approved");
  await load(page, () => page.locator("main form button.go").click());
  // The entry from before says what to do; the new one is asked from now on.
  assert.equal(await page.locator(".warning", { hasText: WORDS["account-factor-again"] }).count(), 1);
  assert.equal((await owner.credentials()).length, 1);
  await phone.locator("#approved button").click();
  await comeBack(scene);
  await see(phone, "request");
  await confirm(phone, await shownNumber(page));
  await at(page, "/invoices");
  await scene.end();
});
