// A phone in the browser: its page, its portal, and what is done with them.

import assert from "node:assert/strict";

import { LOOKS, launch, openProfile } from "./browser.mjs";
import { Gateway } from "./gateway.mjs";
import { PAGE, PhonePortal } from "./phone_portal.mjs";

export const ANDROID =
  "Mozilla/5.0 (Linux; Android 15; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36";
export const IPHONE =
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1";
/** A key to subscribe with. */
export const SERVER_KEY = `B${"A".repeat(86)}`;
/** A code that connects the phone, as it is shown and as it is sent. */
export const CODE = "ab0d-ef1h-2345";
export const FOLDED = "ab0def1h2345";

/** What the tests of one file stand on; to be started and ended around them. */
export class Bench {
  async start(settings) {
    [this.browser, this.gateway] = await Promise.all([launch(), Gateway.start(settings)]);
  }

  async end() {
    await this.browser?.close();
    await this.gateway?.end();
  }

  /** Runs `act` with a phone in somebody's hand and a portal of its own; `key` is the one to subscribe with. */
  async phone(act, { key = "", passkey, agent = ANDROID, account = "jdupont", prepare, ...options } = {}) {
    const portal = await PhonePortal.start(this.gateway, { key, passkey });
    const about = { look: LOOKS[0], isMobile: true, hasTouch: true, userAgent: agent };
    const profile = await openProfile(this.browser, portal.origin, { ...about, ...options });
    portal.codes.set(FOLDED, account);
    if (prepare) await profile.addInitScript(prepare);
    const page = await profile.newPage();
    const said = [];
    page.on("console", (message) => said.push(message.text()));
    try {
      await act({ portal, profile, page, account });
      assert.equal(portal.fault, undefined);
      // The browser itself writes a line for each call that was refused. The page writes none.
      const own = (line) => !line.includes("Failed to load resource: ");
      assert.deepEqual(said.filter(own), []);
      assert.deepEqual(profile.watch.faults.filter(own), []);
    } finally {
      await profile.close();
      portal.end();
    }
  }
}

/** What a portal asks the browser for where a yes needs a passkey. */
export const PASSKEY = {
  rp: { name: "My portal" },
  pubKeyCredParams: [-7, -8, -257].map((alg) => ({ type: "public-key", alg })),
  timeout: 300_000,
  authenticatorSelection: { authenticatorAttachment: "platform", userVerification: "required" },
  attestation: "none",
};

/** Gives a page's device a screen lock, whose owner is there until `verifies(false)` is said. */
export async function lock(page) {
  const devices = await page.context().newCDPSession(page);
  await devices.send("WebAuthn.enable", { enableUI: false });
  const { authenticatorId } = await devices.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return {
    verifies: (isUserVerified) => devices.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified }),
    credentials: async () => (await devices.send("WebAuthn.getCredentials", { authenticatorId })).credentials,
  };
}

/** The heading of what is shown. */
export const heading = (page) => page.locator("#app section:not([hidden]) h1");
/** Waits for a state, and sees that it is the only one and names the window. */
export async function see(page, state) {
  await page.locator(`#${state}:not([hidden])`).waitFor();
  assert.equal(await page.locator("#app > section:not([hidden])").count(), 1);
  const text = await heading(page).textContent();
  assert.ok((await page.title()).startsWith(`${text} · `), await page.title());
}
/** What has the focus. */
export const focused = (page) => page.evaluate(() => document.activeElement.tagName);
/** Waits until this is said to be wrong; what was said before may stand there for a moment longer. */
export const complains = (page, text) =>
  page.locator("#problem:not([hidden])").getByText(text, { exact: true }).waitFor();
/** What was said to the portal under one of its paths. */
export const callsOf = ({ portal }, path) => portal.calls.filter((call) => call.path === path).map(({ body }) => body);

/** Connects it by the picture's address. */
export async function connect({ page, portal }) {
  await page.goto(portal.url(`${PAGE}#pair=${CODE}`));
  await see(page, "connect");
  await page.locator("#connect button.go").click();
  await see(page, "waiting");
}

/** Asks, and waits for the question on the phone. */
export async function ask({ page, portal, account }, about) {
  const request = portal.ask(account, about);
  await page.locator("#request:not([hidden])").waitFor();
  return request;
}

/** Says yes with a number. */
export async function confirm(page, number) {
  await page.locator("#number").fill(number);
  await page.locator("#request form button.go").first().click();
}

/** What the page keeps, without the keys; and what it says when asked to hand one out. */
export const kept = (page) =>
  page.evaluate(async () => {
    const store = await new Promise((give, fail) => {
      const opening = indexedDB.open("vestibule-phone");
      opening.onsuccess = () => give(opening.result);
      opening.onerror = fail;
    });
    const reading = store.transaction("accounts").objectStore("accounts").getAll();
    await new Promise((read) => (reading.onsuccess = read));
    store.close();
    const handOut = (key) => crypto.subtle.exportKey("pkcs8", key).then(() => "handed out", (error) => error.name);
    const records = reading.result.map(async ({ privateKey, ...record }) => ({
      ...record,
      key: await handOut(privateKey),
    }));
    const kind = { name: "ECDSA", namedCurve: "P-256" };
    const control = await crypto.subtle.generateKey(kind, true, ["sign"]);
    return { records: await Promise.all(records), control: await handOut(control.privateKey) };
  });

/** Waits for something that no page tells. */
export async function until(page, there, what) {
  const end = Date.now() + 30_000;
  while (!(await there())) {
    assert.ok(Date.now() < end, `${what} did not come`);
    await page.evaluate(() => new Promise((frame) => requestAnimationFrame(frame)));
  }
}
