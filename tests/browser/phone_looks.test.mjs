// Every state of the phone's page, in each language, looked at narrow and wide, light and dark.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { LOOKS, inspect, wear } from "./support/browser.mjs";
import { Bench, CODE, IPHONE, PASSKEY, SERVER_KEY, ask, confirm, heading, lock, see } from "./support/phone.mjs";
import { PAGE, PORTAL } from "./support/phone_portal.mjs";
import { LANGUAGES, wordsOf } from "./support/words.mjs";

const bench = new Bench();
before(() => bench.start());
after(() => bench.end());

for (const language of LANGUAGES) {
  test(`every state of the phone's page in ${language} without a fault, narrow and wide, light and dark`, async () => {
    const words = wordsOf(language);
    const faults = [];
    const seen = new Set();
    const lookAt = async (page, state) => {
      await see(page, state);
      seen.add(state);
      const title = words[`phone-${state}-title`].replace("{ $portal }", PORTAL);
      assert.equal(await heading(page).textContent(), title);
      for (const look of [...LOOKS.slice(1), LOOKS[0]]) {
        await wear(page, look);
        faults.push(...(await inspect(page)).map((fault) => `${state}: ${fault}`));
      }
    };
    await bench.phone(
      async (phone) => {
        const { page, portal } = phone;
        await page.goto(portal.url(PAGE));
        await page.locator("#connect button.go").click();
        await lookAt(page, "connect");
        await page.locator("#code").fill(CODE);
        await page.locator("#connect button.go").click();
        await lookAt(page, "ring");
        await page.locator("#ring-no").click();
        await lookAt(page, "waiting");
        await ask(phone);
        await page.locator("#request form button.go").first().click();
        await lookAt(page, "request");
        await page.locator("#no").click();
        await lookAt(page, "stop");
        await page.locator("#stop-yes").click();
        await lookAt(page, "refused");
        await ask(phone, { setting_up: true, same_network: true });
        await confirm(page, "48");
        await lookAt(page, "wrong");
        await ask(phone);
        await confirm(page, "47");
        await lookAt(page, "approved");
        await ask(phone);
        portal.withdraw("jdupont");
        await lookAt(page, "over");
        await page.locator("#over button").click();
        portal.phones.clear();
        await lookAt(page, "gone");
      },
      {
        language,
        key: SERVER_KEY,
        prepare: () => Object.defineProperty(Notification, "permission", { get: () => "default" }),
      },
    );
    await bench.phone(
      async ({ page, portal }) => {
        await page.goto(portal.url(`${PAGE}#pair=${CODE}`));
        await lookAt(page, "install");
      },
      { language, agent: IPHONE },
    );
    await bench.phone(
      async ({ page, portal }) => {
        await page.goto(portal.url(`${PAGE}#pair=${CODE}`));
        await page.locator("#connect button.go").click();
        await lookAt(page, "keyless");
        await lock(page);
        await page.locator("#key-again").click();
        await page.locator("#connect button.go").click();
        await lookAt(page, "key");
        await page.locator("#key-yes").click();
        await see(page, "waiting");
        portal.connectAgain = true;
        await page.locator("#look").click();
        await lookAt(page, "again");
      },
      { language, passkey: PASSKEY },
    );
    await bench.phone(
      async ({ page, portal }) => {
        await page.goto(portal.url(PAGE));
        await lookAt(page, "cannot");
        const states = await page.locator("#app > section").evaluateAll((all) => all.map(({ id }) => id));
        assert.deepEqual(states.filter((state) => !seen.has(state)), [], "each state was looked at");
      },
      { language, prepare: () => delete Crypto.prototype.subtle },
    );
    assert.deepEqual(faults, []);
  });
}
