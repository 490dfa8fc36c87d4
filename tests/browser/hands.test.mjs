// The whole walk in other ways than with mouse and script: by keyboard alone, without script, and on a
// phone.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { Authenticator, readPicture } from "./support/authenticator.mjs";
import { LOOKS, inspect, launch, openProfile } from "./support/browser.mjs";
import { Gateway } from "./support/gateway.mjs";
import {
  Keyboard,
  Mouse,
  PATHS,
  firstConnection,
  identity,
  load,
  openMail,
  pathOf,
  signInAgain,
  step,
} from "./support/walk.mjs";
import { wordsOf } from "./support/words.mjs";

let browser, gateway;
before(async () => {
  [browser, gateway] = await Promise.all([launch(), Gateway.start()]);
});
after(async () => {
  await browser?.close();
  await gateway?.end();
});

/** Signs out and comes back to a page of the portal with `hand`, and shows that it opens. */
async function signOutAndComeBack(hand, person) {
  const { page } = hand;
  await page.goto(gateway.url("/.vestibule/"));
  await hand.press('main a[href="/.vestibule/sign-out"]');
  await hand.press("main form button.go");
  await page.goto(gateway.url("/invoices"));
  await signInAgain(hand, person);
  assert.equal((await identity(page)).path, "/invoices");
}

test("the whole walk by keyboard alone, the focus always to be seen", async () => {
  const person = await gateway.addPerson();
  const profile = await openProfile(browser, gateway.origin);
  const hand = new Keyboard(await profile.newPage());
  await firstConnection(hand, person);
  assert.equal((await identity(hand.page))["remote-user"], person.name);
  await signOutAndComeBack(hand, person);
  assert.deepEqual(hand.unseen, []);
  assert.deepEqual(profile.watch.faults, []);

  // Control: a place that hides its focus is noticed.
  await hand.page.goto(gateway.url("/.vestibule/guide"));
  const hide = "for (const link of document.querySelectorAll('a')) link.style.outline = 'none'";
  await hand.page.evaluate(hide);
  await hand.press("main a.go");
  assert.notDeepEqual(hand.unseen, []);
  await profile.close();
});

test("the whole walk without script", async () => {
  const person = await gateway.addPerson();
  const profile = await openProfile(browser, gateway.origin, { javaScriptEnabled: false });
  const page = await profile.newPage();
  const hand = new Mouse(page);
  await firstConnection(hand, person, {
    look: async (screen) => {
      if (screen === "password") {
        // Nothing promises what only the script can do.
        assert.equal(await page.locator("button.show").count(), 0);
        await hand.type("#password", "not the password");
        await hand.send();
        assert.equal(await page.locator("#problem").textContent(), wordsOf("en")["password-wrong"]);
      }
      if (screen === "new_password") {
        await hand.type("#current", person.provisional);
        await hand.type("#new", "abc");
        await hand.type("#again", "abc");
        await hand.send();
        assert.equal(await page.locator("#problem").textContent(), wordsOf("en")["rule-length-broken"]);
      }
    },
  });
  assert.equal((await identity(page))["remote-user"], person.name);
  await signOutAndComeBack(hand, person);
  assert.deepEqual(profile.watch.faults, []);
  await profile.close();

  // Control: with script the field can be shown, so it was off above.
  const scripted = await openProfile(browser, gateway.origin);
  const other = new Mouse(await scripted.newPage());
  await firstConnection(other, await gateway.addPerson(), { until: "password" });
  assert.equal(await other.page.locator("button.show").count(), 1);
  await scripted.close();
});

const PHONES = {
  iPhone:
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
  Android:
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36",
};

for (const [phone, userAgent] of Object.entries(PHONES)) {
  test(`the whole walk on a phone (${phone}), with links to tap and nothing to scan`, async () => {
    const person = await gateway.addPerson();
    const profile = await openProfile(browser, gateway.origin, {
      userAgent,
      isMobile: true,
      hasTouch: true,
      deviceScaleFactor: 2,
      look: { width: 390, height: 844, colorScheme: "light" },
    });
    const page = await profile.newPage();
    const hand = new Mouse(page);
    const picture = page.locator(".plate:visible");
    const faults = [];
    const look = async (screen) => {
      faults.push(...(await inspect(page)));
      const words = wordsOf("en");
      if (screen === "home") {
        const keep = phone === "iPhone" ? "home-keep-iphone" : "home-keep-android";
        assert.match(await page.locator("#keep + p").textContent(), new RegExp(escaped(words[keep])));
      }
      if (screen === "get_app") {
        assert.equal(await picture.count(), 0);
        const stores = await page.locator(".stores a").evaluateAll((links) => links.map((link) => link.host));
        assert.deepEqual(stores, ["apps.apple.com", "play.google.com"]);
      }
      if (screen === "scan") {
        assert.equal(await page.locator("h1").textContent(), words["scan-title-phone"]);
        assert.equal(await picture.count(), 0);
        const first = page.locator("main a, main button, main summary").first();
        const link = await first.getAttribute("href");
        person.app = Authenticator.fromLink(link);
        assert.equal(await page.locator(".by-hand code").isVisible(), false);
        // Unfolded, the picture says what the link says, and so does the text.
        for (const summary of await page.locator("main summary").all()) await summary.tap();
        assert.equal(await readPicture(picture), link);
        const secret = await page.locator(".by-hand code").textContent();
        assert.equal(secret.replace(/\s/g, ""), person.app.secret);
        faults.push(...(await inspect(page)));
      }
    };
    await openMail(hand, person);
    for (const screen of Object.keys(PATHS)) {
      assert.equal(pathOf(page), PATHS[screen]);
      await look(screen);
      if (screen === "scan") await load(page, () => page.locator("main form button").tap());
      else await step(hand, person, screen);
    }
    assert.equal((await identity(page))["remote-user"], person.name);
    assert.deepEqual(faults, []);
    assert.deepEqual(profile.watch.faults, []);
    await profile.close();
  });
}

test("on a computer there is a picture to scan and no link to tap", async () => {
  const person = await gateway.addPerson();
  const profile = await openProfile(browser, gateway.origin, { look: LOOKS[3] });
  const page = await profile.newPage();
  await firstConnection(new Mouse(page), person, {
    until: "scan",
    look: async (screen) => {
      if (screen === "get_app") {
        const stores = await Promise.all([0, 1].map((at) => readPicture(page.locator(".plate").nth(at))));
        assert.deepEqual(stores.map((store) => new URL(store).host), ["apps.apple.com", "play.google.com"]);
      }
    },
  });
  assert.equal(await page.locator(".plate:visible").count(), 1);
  assert.equal(await page.locator('main a[href^="otpauth:"]').count(), 0);
  const { width, height } = await page.locator(".plate svg").boundingBox();
  assert.ok(width >= 240 && height >= 240, `${width} by ${height} px`);
  await profile.close();
});

const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
