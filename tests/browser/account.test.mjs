// One's own account, as somebody with two devices sees it: in each language, narrow and wide, light and dark.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { LOOKS, inspect, launch, openProfile, wear } from "./support/browser.mjs";
import { Gateway } from "./support/gateway.mjs";
import { Mouse, firstConnection, pathOf } from "./support/walk.mjs";
import { LANGUAGES, wordsOf } from "./support/words.mjs";

const PHONE =
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1";

let browser, gateway;
before(async () => {
  [browser, gateway] = await Promise.all([launch(), Gateway.start()]);
});
after(async () => {
  await browser?.close();
  await gateway?.end();
});

for (const [index, language] of LANGUAGES.entries()) {
  test(`the account page in ${language}, with what can be changed on it, without a fault`, async () => {
    const words = wordsOf(language);
    const person = await gateway.addPerson({ language });
    const profile = await openProfile(browser, gateway.origin, { language, look: LOOKS[index] });
    const page = await profile.newPage();
    const hand = new Mouse(page);
    const faults = [];

    const lookAt = async (screen, heading) => {
      assert.equal(await page.locator("h1").textContent(), words[heading], screen);
      await page.evaluate(() => document.querySelectorAll("details").forEach((d) => (d.open = true)));
      for (const look of LOOKS) {
        await wear(page, look);
        faults.push(...(await inspect(page)).map((fault) => `${screen}: ${fault}`));
      }
    };
    const said = (selector) => page.locator(selector).textContent();

    await firstConnection(hand, person);
    // The same person on a phone.
    const other = await openProfile(browser, gateway.origin, { language, userAgent: PHONE });
    const phone = new Mouse(await other.newPage());
    await phone.page.goto(gateway.url("/.vestibule/sign-in"));
    for (const [field, text] of [["#name", person.name], ["#password", person.own]]) {
      await phone.type(field, text);
      await phone.send();
    }
    await phone.type("#code", await person.app.code());
    await phone.send();

    await page.goto(gateway.url("/.vestibule/account"));
    await lookAt("account", "account-title");
    assert.match(await said("[aria-labelledby=sessions]"), /Safari – iPhone/);
    await page.locator("input[name=name]").fill("");
    await hand.press("form[action$='/rename'] button");
    assert.equal((await said("#problem")).trim(), words["account-problem-name"]);
    // The field that is wrong is open and has the focus.
    assert.equal(await page.evaluate(() => document.activeElement.name), "name");
    await lookAt("account, a name that is missing", "account-title");
    await page.locator("input[name=name]").fill("GSM <1>");
    await hand.press("form[action$='/rename'] button");
    assert.equal(await said("[role=status]"), words["account-done-renamed"]);
    assert.match(await said("[aria-labelledby=factors]"), /GSM <1>/);
    await lookAt("account, renamed", "account-title");

    await hand.press("form[action$='/end'] button");
    assert.equal(await said("[role=status]"), words["account-done-ended"]);
    await phone.page.goto(gateway.url("/"));
    assert.equal(pathOf(phone.page), "/.vestibule/picker");

    await page.goto(gateway.url("/.vestibule/confirm?account"));
    await lookAt("confirm", "confirm-title");
    await hand.send();
    await lookAt("code, once more", "code-title");
    assert.equal(await said(".lead"), words["confirm-lead-code"]);

    await page.goto(gateway.url("/.vestibule/account/password"));
    await lookAt("password", "account-password-open");
    await page.locator("#new").fill("abc");
    await page.locator(".rules .open").first().waitFor();
    await hand.type("#current", person.own);
    await hand.type("#new", "Nine herons under 4 lamps");
    await hand.type("#again", "Nine herons under 4 lamps");
    await hand.send();
    assert.equal(await said("[role=status]"), words["account-done-password"]);

    await page.goto(gateway.url("/.vestibule/sign-out"));
    await lookAt("sign_out", "sign-out-title");
    await hand.press("button[name=everywhere]");
    assert.equal(await said("h1"), words["signed-out-title"]);

    assert.deepEqual(faults, []);
    assert.deepEqual(profile.watch.faults, []);
    await profile.close();
    await other.close();
  });
}
