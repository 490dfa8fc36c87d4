// A computer and a phone before the real gateway, side by side: what one person does with both.

import assert from "node:assert/strict";

import { readPicture } from "./authenticator.mjs";
import { LOOKS, openProfile } from "./browser.mjs";
import { ANDROID, confirm, lock, see } from "./phone.mjs";
import { Mouse, SCREENS, firstConnection, identity, load, pathOf, step } from "./walk.mjs";

export const at = (page, path) => page.waitForURL((url) => url.pathname === path);
export const shownNumber = (page) => page.locator(".digits [aria-hidden]").textContent();

/** One more phone; with a screen lock where `owned` says so. `prepare` runs before its pages. */
export async function takeUp({ browser, gateway }, { owned = false, prepare, given } = {}) {
  const look = { look: LOOKS[0], isMobile: true, hasTouch: true, userAgent: ANDROID };
  const pocket = await openProfile(browser, gateway.origin, look);
  if (prepare) await pocket.addInitScript(prepare, given);
  const phone = await pocket.newPage();
  return { pocket, phone, owner: owned ? await lock(phone) : undefined };
}

/** A computer and a phone that know nothing of each other yet, and somebody new before them. */
export async function sitDown(bench, how) {
  const { browser, gateway } = bench;
  const person = await gateway.addPerson();
  const computer = await openProfile(browser, gateway.origin);
  const hand = new Mouse(await computer.newPage());
  const { pocket, phone, owner } = await takeUp(bench, how);
  const end = async () => {
    const own = (fault) => !fault.includes("Failed to load resource");
    assert.deepEqual([...computer.watch.faults, ...pocket.watch.faults].filter(own), []);
    await computer.close();
    await pocket.close();
  };
  return { bench, person, hand, page: hand.page, phone, owner, end };
}

/** Joins a phone that the computer shows the picture for, and has it say yes for the first time. */
export async function join({ page, phone, owner }, name) {
  await at(page, "/.vestibule/pair");
  await phone.goto(await readPicture(page.locator(".plate").first()));
  await see(phone, "connect");
  if (name) await phone.locator("#name").fill(name);
  await phone.locator("#connect button.go").click();
  if (owner) {
    await see(phone, "key");
    await phone.locator("#key-yes").click();
  }
  // The computer goes on by itself, and the phone with it.
  await at(page, "/.vestibule/approve");
  await see(phone, "request");
  assert.equal(await phone.locator("#first").isVisible(), true);
  await confirm(phone, await shownNumber(page));
  await see(phone, "approved");
  await at(page, "/.vestibule/approved");
}

/** Secures the account with the phone: to the screen after the first number. */
export async function secure(scene) {
  const { person, hand, page } = scene;
  await firstConnection(hand, person, { until: "secure" });
  await page.locator("input[value=approval]").check();
  await hand.press("main form button.go");
  await join(scene);
}

/** Connects for the first time, to the portal. */
export async function connect(scene) {
  await secure(scene);
  const { person, hand, page } = scene;
  await hand.press("main form button.go");
  for (const screen of SCREENS.slice(SCREENS.indexOf("recovery_codes"))) await step(hand, person, screen);
  assert.equal((await identity(page))["remote-user"], person.name);
}

/** Signs out, and in again up to the screen after the password. */
export async function comeBack({ bench, person, hand, page }, screen = "/.vestibule/approve") {
  await page.goto(bench.gateway.url("/.vestibule/sign-out"));
  await hand.press("main form button.go");
  await page.goto(bench.gateway.url("/invoices"));
  if (pathOf(page) === "/.vestibule/picker") await hand.press("main button.account");
  else await step(hand, person, "sign_in");
  await hand.type("#password", person.own);
  await hand.send();
  await at(page, screen);
}

/** Adds a further phone from the account page. */
export async function add({ bench, page }) {
  await page.goto(bench.gateway.url("/.vestibule/account"));
  await page.locator("details:has(form[action$='/add']) > summary").click();
  await load(page, () => page.locator("button[name=way][value=approval]").click());
  await at(page, "/.vestibule/pair");
}
