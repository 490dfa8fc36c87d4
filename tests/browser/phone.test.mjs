// The phone's page: how it is connected, what it asks and what it keeps, with the portal's words chosen
// by the test.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import {
  Bench,
  CODE,
  FOLDED,
  IPHONE,
  ask,
  callsOf,
  complains,
  confirm,
  connect,
  focused,
  kept,
  see,
} from "./support/phone.mjs";
import { PAGE, PORTAL } from "./support/phone_portal.mjs";
import { wordsOf } from "./support/words.mjs";

const WORDS = wordsOf("en");
const bench = new Bench();
before(() => bench.start());
after(() => bench.end());

test("a scanned picture connects the phone by a press, and opening its address changes nothing", () =>
  bench.phone(async (phone) => {
    const { page, portal } = phone;
    await page.goto(portal.url(`${PAGE}#pair=${CODE}`));
    await see(page, "connect");
    assert.equal(page.url(), portal.url(PAGE));
    assert.ok(!(await page.content()).toLowerCase().includes(CODE));
    assert.deepEqual(portal.calls, []);
    assert.equal(await page.locator("#code").isVisible(), false, "there is nothing to type");

    await page.reload();
    await see(page, "connect");
    assert.equal(await page.locator("#code").isVisible(), false, "a reload does not lose the code");
    assert.equal(await page.locator("#name").inputValue(), WORDS["phone-connect-android"]);
    await page.locator("#name").fill("  My\u0007 telephone  ");
    await page.locator("#connect button.go").click();
    await see(page, "waiting");
    assert.equal(await focused(page), "H1");
    const [{ name, code, push }] = callsOf(phone, "pair");
    assert.deepEqual({ name, code, push }, { name: "My telephone", code: FOLDED, push: undefined });
    assert.equal(await page.locator("#accounts").textContent(), " jdupont");
    assert.equal(await page.evaluate(() => sessionStorage.length), 0, "the code is thrown away");

    const { records, control } = await kept(page);
    const [id] = portal.phones.keys();
    const expected = { phone: id, account: "jdupont", portal: PORTAL, key: "InvalidAccessError" };
    assert.deepEqual(records, [expected]);
    assert.equal(control, "handed out");
  }));

test("a code is typed in any case, with spaces and with letters that look like digits", () =>
  bench.phone(async (phone) => {
    const { page, portal } = phone;
    await page.goto(portal.url(PAGE));
    await see(page, "connect");
    const submit = page.locator("#connect button.go");
    await submit.click();
    await complains(page, WORDS["phone-problem-code-missing"]);
    assert.equal(await page.locator("#code").getAttribute("aria-invalid"), "true");
    assert.match(await page.locator("#code").getAttribute("aria-describedby"), /problem-text/);
    await page.locator("#code").fill("ab0d ef1h");
    await submit.click();
    await complains(page, WORDS["phone-problem-code-shape"]);
    assert.deepEqual(portal.calls, []);

    await page.locator("#code").fill("2345 2345 2345");
    await submit.click();
    await complains(page, WORDS["phone-problem-code-over"]);
    assert.deepEqual((await kept(page)).records, [], "no key is left of what was refused");

    await page.locator("#code").fill(" ABOD EFLH – 2345 ");
    await submit.click();
    await see(page, "waiting");
    assert.equal(callsOf(phone, "pair").at(-1).code, FOLDED);
  }));

test("an iPhone is led to its Home Screen first, and connected there by the typed code", async () => {
  await bench.phone(
    async ({ page, portal }) => {
      await page.goto(portal.url(`${PAGE}#pair=${CODE}`));
      await see(page, "install");
      assert.equal(await page.locator("#carried code").textContent(), CODE);
      assert.equal(page.url(), portal.url(PAGE));
      await page.reload();
      await see(page, "install");
      assert.equal(await page.locator("#carried code").textContent(), CODE, "it is there when one comes back");
      assert.deepEqual(portal.calls, []);
    },
    { agent: IPHONE },
  );
  const prepare = () => Object.defineProperty(navigator, "standalone", { value: true });
  await bench.phone(
    async (phone) => {
      await phone.page.goto(phone.portal.url(PAGE));
      await see(phone.page, "connect");
      await phone.page.locator("#code").fill(CODE);
      await phone.page.locator("#connect button.go").click();
      await see(phone.page, "waiting");
      assert.equal(callsOf(phone, "pair")[0].name, "iPhone");
    },
    { agent: IPHONE, prepare },
  );
});

test("yes is said with the number alone, and once", () =>
  bench.phone(async (phone) => {
    const { page, portal } = phone;
    await connect(phone);
    const request = await ask(phone, { browser: "Firefox · Windows" });
    await see(page, "request");
    assert.equal(await focused(page), "H1");
    const shown = await page.locator("#request dl").innerText();
    for (const about of [PORTAL, "jdupont", "Firefox · Windows", "203.0.113.7"]) assert.ok(shown.includes(about), about);

    const yes = page.locator("#request form button.go").first();
    await yes.click();
    await complains(page, WORDS["phone-problem-number-missing"]);
    await confirm(page, "4");
    await complains(page, WORDS["phone-problem-number-shape"]);
    assert.deepEqual(callsOf(phone, "answer"), []);

    // Whatever is known about the request is in no address and not in the page.
    const source = await page.content();
    for (const secret of [request.id, request.nonce]) assert.ok(!source.includes(secret));
    assert.equal(page.url(), portal.url(PAGE));

    await page.locator("#number").fill(" 47 ");
    await yes.evaluate((button) => {
      button.click();
      button.click();
    });
    await see(page, "approved");
    assert.equal(await focused(page), "H1");
    const answers = callsOf(phone, "answer");
    assert.deepEqual(answers.map(({ answer, number }) => [answer, number]), [["yes", "47"]]);
    await page.locator("#approved button").click();
    await see(page, "waiting");
    assert.equal(await page.locator("#number").inputValue(), "");
    await ask(phone, { number: "836" });
    assert.equal(await page.locator("#number").inputValue(), "");
    await confirm(page, "836");
    await see(page, "approved");
  }));

test("no is asked once more, and is sent without a number", () =>
  bench.phone(async (phone) => {
    const { page } = phone;
    await connect(phone);
    await ask(phone);
    await page.locator("#number").fill("47");
    await page.locator("#no").click();
    await see(page, "stop");
    await page.locator("#stop-no").click();
    await see(page, "request");
    assert.deepEqual(callsOf(phone, "answer"), []);
    await page.locator("#no").click();
    await page.locator("#stop-yes").click();
    await see(page, "refused");
    assert.deepEqual(callsOf(phone, "answer").map(({ answer, number }) => [answer, number]), [["no", ""]]);
  }));

test("a wrong number, a closed request and another one are each told as what they are", () =>
  bench.phone(async (phone) => {
    const { page, portal, account } = phone;
    await connect(phone);
    await ask(phone);
    await confirm(page, "48");
    await see(page, "wrong");
    // The next one comes by itself, over whatever is shown.
    await ask(phone, { number: "51" });
    await page.locator("#number").fill("5");
    portal.ask(account, { number: "62", browser: "Safari · Mac" });
    await page.locator("#asked-browser", { hasText: "Safari" }).waitFor();
    assert.equal(await page.locator("#number").inputValue(), "", "a number is not carried over to another request");
    portal.withdraw(account);
    await see(page, "over");
    assert.equal(callsOf(phone, "answer").length, 1);
    await ask(phone);
    portal.refusals.set("answer", "expired");
    await confirm(page, "47");
    await see(page, "over");
  }));

test("the time that is left is told in words that seldom change, and its end is told too", () =>
  bench.phone(async (phone) => {
    const { page } = phone;
    await page.clock.install();
    await connect(phone);
    await ask(phone);
    // From here on the phone goes by its own clock.
    await page.route("**/phone/requests", (route) => route.abort());
    const told = async (time, left) => {
      await page.locator("#asked-time", { hasText: WORDS[`phone-request-time-${time}`] }).waitFor();
      await page.locator("#left", { hasText: WORDS[`phone-request-left-${left}`] }).waitFor();
    };
    await told("now", "two");
    await page.clock.fastForward(60_000);
    await told("one", "one");
    await page.clock.fastForward(46_000);
    await told("two", "half");
    await page.locator("#no").click();
    await page.clock.fastForward(20_000);
    await see(page, "over");
    assert.deepEqual(callsOf(phone, "answer"), []);
  }));

test("a cut line and a portal that is busy are told beside what was typed", () =>
  bench.phone(async (phone) => {
    const { page } = phone;
    await connect(phone);
    await page.route("**/phone/requests", (route) => route.abort());
    await page.locator("#look").click();
    await page.locator("#looked", { hasText: WORDS["phone-waiting-offline"] }).waitFor();
    await page.unroute("**/phone/requests");
    await page.locator("#look").click();
    await page.locator("#looked", { hasText: WORDS["phone-waiting-nothing"] }).waitFor();

    await ask(phone);
    await page.route("**/phone/answer", (route) => route.abort());
    await confirm(page, "47");
    await complains(page, WORDS["phone-problem-offline"]);
    await page.unroute("**/phone/answer");
    phone.portal.refusals.set("answer", "slow-down");
    await page.locator("#request form button.go").first().click();
    await page.locator("#problem-text", { hasText: WORDS["phone-problem-slow-down"] }).waitFor();
    assert.equal(await page.locator("#number").inputValue(), "47");
    await page.locator("#request form button.go").first().click();
    await see(page, "approved");
  }));

test("a phone that was taken off the account forgets it, with its key", () =>
  bench.phone(async (phone) => {
    const { page, portal } = phone;
    await connect(phone);
    // Another account on the same phone goes on working.
    portal.codes.set("aaaabbbbcccc", "mpeeters");
    await page.locator("#add").click();
    await see(page, "connect");
    await page.locator("#not-now").click();
    await see(page, "waiting");
    await page.locator("#add").click();
    await page.locator("#code").fill("AAAA BBBB CCCC");
    await page.locator("#connect button.go").click();
    await page.locator("#accounts li", { hasText: "mpeeters" }).waitFor();
    assert.equal(await page.locator("#accounts li").count(), 2);

    const [first, second] = portal.phones.keys();
    portal.phones.delete(first);
    await see(page, "gone");
    assert.equal(await page.locator("#gone-account").textContent(), "jdupont");
    await page.locator("#forget").click();
    await see(page, "waiting");
    assert.deepEqual((await kept(page)).records.map((record) => record.phone), [second]);
    await ask({ ...phone, account: "mpeeters" });
    await confirm(page, "47");
    await see(page, "approved");
  }));

test("the same account connected anew is shown once, and the old key goes when it no longer works", () =>
  bench.phone(async (phone) => {
    const { page, portal } = phone;
    await connect(phone);
    portal.codes.set(FOLDED, "jdupont");
    await connect(phone);
    assert.equal(await page.locator("#accounts li").count(), 1);
    const [first, second] = portal.phones.keys();
    assert.equal((await kept(page)).records.length, 2);
    portal.phones.delete(first);
    await ask(phone);
    await confirm(page, "47");
    await see(page, "approved");
    assert.equal(callsOf(phone, "answer")[0].phone, second);
    await page.locator("#approved button").click();
    await page.waitForFunction(async () => {
      const opening = indexedDB.open("vestibule-phone");
      await new Promise((opened) => (opening.onsuccess = opened));
      const counting = opening.result.transaction("accounts").objectStore("accounts").count();
      await new Promise((counted) => (counting.onsuccess = counted));
      opening.result.close();
      return counting.result === 1;
    });
    assert.equal(await page.locator("#waiting").isVisible(), true);
  }));

test("a browser that keeps nothing, and one without script, are told what to do", async () => {
  const prepare = () => {
    indexedDB.open = () => {
      throw new DOMException("no", "SecurityError");
    };
  };
  await bench.phone(
    async ({ page, portal }) => {
      await page.goto(portal.url(`${PAGE}#pair=${CODE}`));
      await see(page, "cannot");
      assert.deepEqual(portal.calls, []);
    },
    { prepare },
  );
  await bench.phone(
    async ({ page, portal }) => {
      await page.goto(portal.url(PAGE));
      const text = await page.locator("main").innerText();
      assert.ok(text.includes(WORDS["phone-no-script"]), text);
      assert.ok(!text.includes(WORDS["phone-waiting-title"]));
    },
    { javaScriptEnabled: false },
  );
});
