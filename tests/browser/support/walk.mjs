// The walk through the first connection, and the sign-in after it, as a person takes it.

import assert from "node:assert/strict";

import { Authenticator, readPicture } from "./authenticator.mjs";

/** The screens from the mail's button to the portal, in their order, and where they are. */
export const PATHS = {
  home: "/.vestibule/",
  sign_in: "/.vestibule/sign-in",
  password: "/.vestibule/password",
  secure: "/.vestibule/secure",
  get_app: "/.vestibule/get-app",
  set_up_app: "/.vestibule/set-up-app",
  scan: "/.vestibule/scan",
  prove: "/.vestibule/prove",
  recovery_codes: "/.vestibule/recovery-codes",
  success: "/.vestibule/success",
  new_password: "/.vestibule/new-password",
  done: "/.vestibule/done",
};
export const SCREENS = Object.keys(PATHS);

/** Where a page is. */
export const pathOf = (page) => new URL(page.url()).pathname;

/** Does something that loads a page, and waits until it is there. */
export async function load(page, act) {
  await Promise.all([page.waitForEvent("load"), act()]);
}

/** A hand on a mouse; text is typed. `strokes` counts the keys that are not of a password. */
export class Mouse {
  strokes = 0;

  constructor(page) {
    this.page = page;
  }

  async press(selector) {
    await load(this.page, () => this.page.locator(selector).click());
  }

  async type(selector, text) {
    const field = this.page.locator(selector);
    this.strokes += await countOf(field, text);
    await field.fill(text);
  }

  /** Sends the form that was filled in last. */
  async send() {
    await this.press("main form button.go:not(.second)");
  }
}

/** Two hands on a keyboard: Tab, Enter, Space and letters, nothing else. */
export class Keyboard {
  strokes = 0;
  /** Places that had the focus without showing it. */
  unseen = [];

  constructor(page) {
    this.page = page;
  }

  async #key(key) {
    this.strokes += 1;
    await this.page.keyboard.press(key);
  }

  async #reach(selector) {
    const wanted = this.page.locator(selector);
    await wanted.waitFor();
    for (let left = 80; left > 0; left -= 1) {
      const { there, seen, name } = await wanted.evaluate((element) => {
        const focused = document.activeElement;
        const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(focused);
        const ring = outlineStyle !== "none" && parseFloat(outlineWidth) >= 2;
        const nowhere = focused === document.body || focused === document.documentElement;
        // What a mail program draws around a link is its own affair.
        const mail = location.href === "about:blank";
        return {
          there: focused === element,
          seen: nowhere || mail || ring || boxShadow !== "none",
          name: focused.outerHTML.slice(0, 120),
        };
      });
      if (!seen) this.unseen.push(`${pathOf(this.page)}: ${name}`);
      if (there) return;
      await this.#key("Tab");
    }
    assert.fail(`${selector} cannot be reached with Tab on ${this.page.url()}`);
  }

  async press(selector) {
    await this.#reach(selector);
    const tag = await this.page.locator(selector).evaluate((element) => element.localName);
    await load(this.page, () => this.#key(tag === "button" ? "Space" : "Enter"));
  }

  async type(selector, text) {
    await this.#reach(selector);
    this.strokes += await countOf(this.page.locator(selector), text);
    await this.page.keyboard.type(text);
  }

  async send() {
    await load(this.page, () => this.#key("Enter"));
  }
}

async function countOf(field, text) {
  return (await field.getAttribute("type")) === "password" ? 0 : text.length;
}

/** Reads the screen that shows the secret, in every way it is shown, as an app on the phone does. */
export async function scan(page, person) {
  const link = await readPicture(page.locator(".plate"));
  const app = Authenticator.fromLink(link);
  const byHand = page.locator(".by-hand");
  const typed = (await byHand.locator("code").textContent()).replace(/\s/g, "");
  assert.equal(typed, app.secret, "the secret as text is the one in the picture");
  assert.equal(app.kind, "otpauth://totp");
  assert.equal(app.issuer, "My portal");
  assert.equal(app.label, `My portal:${person.name}`);
  assert.equal(await byHand.locator("dd").first().textContent(), `My portal: ${person.name}`);
  person.app = app;
  return link;
}

/** What is done on each screen to come to the next. */
const STEPS = {
  home: (hand) => hand.press("main a.go"),
  sign_in: async (hand, person) => {
    await hand.type("#name", person.name);
    await hand.send();
  },
  password: async (hand, person) => {
    await hand.type("#password", person.provisional);
    await hand.send();
  },
  secure: (hand) => hand.press("main form button.go"),
  get_app: (hand) => hand.press("main form button.go"),
  set_up_app: (hand) => hand.press("main form button.go"),
  scan: async (hand, person) => {
    await scan(hand.page, person);
    await hand.press("main form button.go");
  },
  prove: async (hand, person) => {
    await hand.type("#code", await person.app.code());
    await hand.send();
  },
  recovery_codes: async (hand, person) => {
    person.codes = await hand.page.locator(".codes code").allTextContents();
    await hand.press("main form button.go");
  },
  success: (hand) => hand.press("main form button.go"),
  new_password: async (hand, person) => {
    await hand.type("#current", person.provisional);
    await hand.type("#new", person.own);
    await hand.type("#again", person.own);
    await hand.send();
  },
  done: (hand) => hand.press("main form button.go"),
};

/** Takes one step from a screen to the next. */
export const step = (hand, person, screen) => STEPS[screen](hand, person);

/** Opens the mail and presses its button. */
export async function openMail(hand, person) {
  await hand.page.setContent(person.mail.html);
  await hand.press("a.go");
}

/**
 * From the mail's button towards the portal, calling `look` on each screen. It stops on the screen
 * `until`, or goes on to the portal.
 */
export async function firstConnection(hand, person, { until, look = async () => {} } = {}) {
  await openMail(hand, person);
  for (const screen of SCREENS) {
    assert.equal(pathOf(hand.page), PATHS[screen]);
    await hand.page.locator("main h1").waitFor();
    await look(screen);
    if (screen === until) return;
    await step(hand, person, screen);
  }
}

/** Signs in where the gateway asks for it, and lets `look` see each screen. */
export async function signInAgain(hand, person, look = async () => {}) {
  const { page } = hand;
  assert.equal(pathOf(page), "/.vestibule/picker");
  await look("picker");
  await hand.press(".account >> nth=0");
  assert.equal(pathOf(page), PATHS.password);
  await look("password again");
  await hand.type("#password", person.own);
  await hand.send();
  assert.equal(pathOf(page), "/.vestibule/code");
  await look("code");
  await hand.type("#code", await person.app.code());
  await hand.send();
}

/** What the portal says it was told; fails where the page is not the portal's. */
export async function identity(page) {
  return JSON.parse(await page.locator("#identity").textContent());
}
