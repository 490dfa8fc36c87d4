// Computers and phones before the real gateway where there are two of one: two sign-ins at once, two phones,
// a phone that is removed; and a push that is lost.

import assert from "node:assert/strict";
import { webcrypto } from "node:crypto";
import { createServer } from "node:http";
import { after, before, test } from "node:test";

import { openProfile } from "./support/browser.mjs";
import { Bench, confirm, see, until } from "./support/phone.mjs";
import { PAGE } from "./support/phone_portal.mjs";
import { add, at, comeBack, connect, join, shownNumber, sitDown, takeUp } from "./support/side_by_side.mjs";
import { Mouse, identity, load, pathOf, step } from "./support/walk.mjs";
import { wordsOf } from "./support/words.mjs";

const WORDS = wordsOf("en");
const OTHER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:143.0) Gecko/20100101 Firefox/143.0";

const bench = new Bench();
before(() => bench.start());
after(() => bench.end());

test("a later sign-in from the owner's browser takes the place of another one's request", async () => {
  const scene = await sitDown(bench);
  const { person, page, phone } = scene;
  await connect(scene);
  await phone.locator("#approved button").click();
  // Somebody else who knows the password.
  const profile = await openProfile(bench.browser, bench.gateway.origin, { userAgent: OTHER });
  const other = new Mouse(await profile.newPage());
  await other.page.goto(bench.gateway.url("/invoices"));
  await step(other, person, "sign_in");
  await other.type("#password", person.own);
  await other.send();
  await at(other.page, "/.vestibule/approve");
  await see(phone, "request");
  const browser = phone.locator("#asked-browser");
  assert.equal(await browser.textContent(), "Firefox – Windows");
  await comeBack(scene);
  await phone.locator("#asked-browser", { hasNotText: "Firefox" }).waitFor();
  await see(phone, "request");
  await other.page.locator("#problem").getByText(WORDS["approve-replaced"]).waitFor();
  await confirm(phone, await shownNumber(page));
  await see(phone, "approved");
  await at(page, "/invoices");
  assert.equal(pathOf(other.page), "/.vestibule/approve", "the yes was for the later one alone");
  await profile.close();
  await scene.end();
});

test("a second phone has a name, both are asked, and the one that is removed is connected no more", async () => {
  const scene = await sitDown(bench);
  const { hand, page, phone } = scene;
  await connect(scene);
  await phone.locator("#approved button").click();
  const second = await takeUp(bench);
  await add(scene);
  await join({ ...scene, phone: second.phone }, "Work phone");
  await load(page, () => page.locator("main form button.go").click());
  const lines = page.locator("[aria-labelledby=factors] .things > li");
  assert.equal(await lines.count(), 2);
  assert.match(await lines.last().innerText(), /Work phone/);
  await second.phone.locator("#approved button").click();

  await comeBack(scene);
  await see(phone, "request");
  await see(second.phone, "request");
  await confirm(second.phone, await shownNumber(page));
  await at(page, "/invoices");
  // The other one sees that nothing is asked any more.
  await see(phone, "over");
  await phone.locator("#over button").click();

  await page.goto(bench.gateway.url("/.vestibule/account"));
  await page.evaluate(() => document.querySelectorAll("details").forEach((one) => (one.open = true)));
  await hand.press("[aria-labelledby=factors] .things > li:first-child form[action$='/remove'] button");
  await page.locator("[role=status]").getByText(WORDS["account-done-removed"]).waitFor();
  assert.match(await lines.innerText(), /Work phone/);
  await see(phone, "gone");
  await phone.locator("#forget").click();
  await see(phone, "connect");
  // Control: the one that stayed is asked.
  await second.phone.locator("#approved button").click();
  await comeBack(scene);
  await see(second.phone, "request");
  await second.pocket.close();
  await scene.end();
});

/** A push service that takes nothing, and a gateway that writes to it. */
async function withoutPushes(act) {
  const [asked, bench] = [[], new Bench()];
  const server = createServer((request, response) => {
    asked.push(request.url);
    response.writeHead(503).end();
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  const origin = `http://127.0.0.1:${server.address().port}`;
  try {
    await bench.start({ extra: `[push]\ncontact = "mailto:portal@example.be"\nhosts = ["${origin}"]` });
    await act({ bench, origin, asked });
  } finally {
    await bench.end();
    server.closeAllConnections();
    server.close();
  }
}

test("where a push is lost, the page opened by hand asks all the same", () => withoutPushes(async ({ bench, origin, asked }) => {
  const { publicKey } = await webcrypto.subtle.generateKey({ name: "ECDH", namedCurve: "P-256" }, true, ["deriveBits"]);
  const p256dh = [...new Uint8Array(await webcrypto.subtle.exportKey("raw", publicKey))];
  // The browser's part is played; the service is one that takes nothing.
  const prepare = ({ endpoint, p256dh }) => {
    if (location.protocol === "about:") return;
    let key;
    const found = {
      endpoint,
      get options() {
        return { applicationServerKey: key };
      },
      getKey: (name) => new Uint8Array(name === "auth" ? 16 : p256dh).buffer,
      unsubscribe: async () => {},
    };
    PushManager.prototype.getSubscription = async () => null;
    PushManager.prototype.subscribe = async ({ applicationServerKey }) => {
      key = new Uint8Array(applicationServerKey).buffer;
      return found;
    };
    Object.defineProperty(Notification, "permission", { get: () => "granted" });
  };
  const given = { endpoint: `${origin}/push/1`, p256dh };
  const scene = await sitDown(bench, { prepare, given });
  const { person, page, phone } = scene;
  const told = phone.waitForRequest(
    (request) => request.url().endsWith("/phone/requests") && request.postDataJSON().push,
  );
  await connect(scene);
  await phone.locator("#approved button").click();
  await (await told).response();
  // Nobody looks at the phone.
  await phone.goto("about:blank");
  asked.length = 0;
  await comeBack(scene);
  await until(page, () => asked.length > 0, "the push");
  assert.deepEqual(new Set(asked), new Set(["/push/1"]));
  await phone.goto(bench.gateway.url(PAGE));
  await see(phone, "request");
  await confirm(phone, await shownNumber(page));
  await at(page, "/invoices");
  assert.equal((await identity(page))["remote-user"], person.name);
  await scene.end();
}));
