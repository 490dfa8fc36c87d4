// The whole first connection and the sign-in after it, in each language; every screen, with its mistakes,
// looked at narrow and wide, light and dark.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { LOOKS, inspect, launch, openProfile, wear } from "./support/browser.mjs";
import { Gateway } from "./support/gateway.mjs";
import { Mouse, PATHS, firstConnection, identity, pathOf, signInAgain } from "./support/walk.mjs";
import { LANGUAGES, wordsOf } from "./support/words.mjs";

let browser, gateway;
before(async () => {
  [browser, gateway] = await Promise.all([launch(), Gateway.start()]);
});
after(async () => {
  await browser?.close();
  await gateway?.end();
});

/** What the walk is walked in; every screen is looked at in all four. */
const WORN = { fr: LOOKS[0], nl: LOOKS[3], de: LOOKS[1], en: LOOKS[2] };
const NAMES = { fr: "jdupont", nl: "mpeeters", de: "kweber", en: "asmith" };

for (const language of LANGUAGES) {
  const { width, colorScheme } = WORN[language];
  const title = `a first connection and a second sign-in in ${language} at ${width} px, ${colorScheme}, without a fault on any screen`;
  test(title, async () => {
    const words = wordsOf(language);
    const person = await gateway.addPerson({ name: NAMES[language], language });
    const profile = await openProfile(browser, gateway.origin, { language, look: WORN[language] });
    const page = await profile.newPage();
    const hand = new Mouse(page);
    const faults = [];
    const seen = [];

    /** Looks at what is shown now, in all four looks, the one that is walked in last. */
    const lookAt = async (screen, heading) => {
      seen.push(screen);
      assert.equal(await page.getAttribute("html", "lang"), language, screen);
      assert.equal(await page.locator("h1").textContent(), words[heading], screen);
      for (const look of [...LOOKS.filter((look) => look !== WORN[language]), WORN[language]]) {
        await wear(page, look);
        faults.push(...(await inspect(page)).map((fault) => `${screen}: ${fault}`));
      }
    };
    const unfold = () => page.evaluate(() => document.querySelectorAll("details").forEach((d) => (d.open = true)));
    const mistake = async (screen, heading, key) => {
      await hand.send();
      assert.equal(await page.locator("#problem").textContent(), words[key], `${screen}: ${key}`);
      const title = await page.title();
      assert.ok(title.startsWith(words["error-prefix"]), `${screen}: ${title}`);
      await lookAt(`${screen}, ${key}`, heading);
    };

    const look = async (screen) => {
      const heading = `${screen.replaceAll("_", "-")}-title`;
      switch (screen) {
        case "home":
        case "get_app":
        case "scan":
          await unfold();
          return lookAt(screen, heading);
        case "sign_in":
          await lookAt(screen, heading);
          return mistake(screen, heading, "sign-in-name-missing");
        case "password":
          await lookAt(screen, heading);
          await mistake(screen, heading, "password-missing");
          await hand.type("#password", "not the password");
          return mistake(screen, heading, "password-wrong");
        case "prove":
          await lookAt(screen, heading);
          await mistake(screen, heading, "code-missing");
          await hand.type("#code", await person.app.wrongCode());
          return mistake(screen, heading, "code-wrong");
        case "new_password":
          await lookAt(screen, heading);
          await hand.type("#current", person.provisional);
          await hand.type("#new", "abc");
          await page.locator(".rules .open").first().waitFor();
          await lookAt(`${screen}, while typing`, heading);
          return mistake(screen, heading, "rule-length-broken");
        case "password again":
          return lookAt(screen, "password-title");
        case "code":
          await lookAt(screen, heading);
          await hand.type("#code", await person.app.wrongCode());
          return mistake(screen, heading, "code-wrong");
        default:
          return lookAt(screen, heading);
      }
    };

    await firstConnection(hand, person, { look });
    const told = await identity(page);
    assert.deepEqual(told, {
      path: "/",
      "remote-user": person.name,
      "remote-groups": "accounts",
      "remote-name": "Jeanne Dupont",
      "remote-email": person.email,
    });

    await page.goto(gateway.url("/.vestibule/"));
    await unfold();
    await lookAt("home, signed in", "home-signed-in-title");
    await page.goto(gateway.url("/.vestibule/guide"));
    await lookAt("guide", "guide-title");
    await page.goto(gateway.url("/.vestibule/nothing-here"));
    await lookAt("not found", "refused-not-found-heading");

    await page.goto(gateway.url("/.vestibule/sign-out"));
    await lookAt("sign_out", "sign-out-title");
    await hand.press("main form button.go");
    await lookAt("signed_out", "signed-out-title");

    // The page that is asked for first is the one that is shown last.
    await page.goto(gateway.url("/letters/2026?page=2"));
    await signInAgain(hand, person, look);
    assert.equal((await identity(page)).path, "/letters/2026?page=2");
    assert.equal((await identity(page))["remote-user"], person.name);

    for (const screen of Object.keys(PATHS)) assert.ok(seen.includes(screen), `${screen} was not seen`);
    assert.deepEqual(faults, []);
    assert.deepEqual(profile.watch.faults, []);
    await profile.close();
  });
}

test("what is looked for on every screen is found where it is", async () => {
  const profile = await openProfile(browser, gateway.origin, { look: LOOKS[0] });
  const page = await profile.newPage();
  await page.goto(gateway.url("/.vestibule/sign-in"));
  assert.deepEqual(await inspect(page), []);
  assert.deepEqual(profile.watch.faults, []);

  // A field without a label, text that can hardly be seen, and a page too wide for the screen.
  await page.evaluate(() => {
    document.querySelector("label").remove();
    const faint = document.createElement("p");
    faint.textContent = "faint";
    faint.style.color = "#e8e8e8";
    faint.style.width = "900px";
    document.querySelector(".card").append(faint);
  });
  const found = (await inspect(page)).join("\n");
  for (const fault of ["label:", "color-contrast:", "px wide"]) assert.match(found, new RegExp(fault));

  // A picture from elsewhere, which the content policy stops as well, and a script that fails.
  await page.evaluate(() => {
    const picture = document.createElement("img");
    picture.src = "http://127.0.0.1:9/elsewhere.png";
    document.body.append(picture);
  });
  const stopped = () => profile.watch.faults.some((fault) => /Content Security Policy/.test(fault));
  await poll(stopped, "the content policy's complaint");
  assert.equal(pathOf(page), PATHS.sign_in);
  await page.goto("about:blank");
  await page.setContent("<img src='http://127.0.0.1:9/elsewhere.png'><script>nobody()</script>");
  await poll(() => profile.watch.faults.some((fault) => /a request to http:\/\/127/.test(fault)), "a request");
  await poll(() => profile.watch.faults.some((fault) => /a script failed/.test(fault)), "a failed script");
  await profile.close();

  async function poll(there, what) {
    const end = Date.now() + 10_000;
    while (!there()) {
      assert.ok(Date.now() < end, `${what} was not seen: ${profile.watch.faults}`);
      await page.evaluate(() => new Promise((frame) => requestAnimationFrame(frame)));
    }
  }
});
