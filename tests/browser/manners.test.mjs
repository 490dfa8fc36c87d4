// The wizard's manners: it can be left and resumed, nothing in it can be skipped, and two tabs do not
// fight.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { launch, openProfile } from "./support/browser.mjs";
import { Gateway } from "./support/gateway.mjs";
import { Mouse, PATHS, SCREENS, firstConnection, identity, load, pathOf, step } from "./support/walk.mjs";
import { wordsOf } from "./support/words.mjs";

let browser, gateway;
before(async () => {
  [browser, gateway] = await Promise.all([launch(), Gateway.start()]);
});
after(async () => {
  await browser?.close();
  await gateway?.end();
});

/** Somebody new in a fresh profile, walked up to a screen. */
async function begin(until) {
  const person = await gateway.addPerson();
  const profile = await openProfile(browser, gateway.origin);
  const hand = new Mouse(await profile.newPage());
  await firstConnection(hand, person, { until });
  return { person, profile, hand, page: hand.page };
}

/** Steps from the screen that is shown to the portal. */
async function finish(hand, person) {
  const from = SCREENS.indexOf(screenOf(hand.page));
  for (const screen of SCREENS.slice(from)) {
    assert.equal(screenOf(hand.page), screen);
    await step(hand, person, screen);
  }
  assert.equal((await identity(hand.page))["remote-user"], person.name);
}

const screenOf = (page) => SCREENS.find((screen) => PATHS[screen] === pathOf(page)) ?? pathOf(page);
/** The screens between the password and the portal. */
const WIZARD = SCREENS.slice(SCREENS.indexOf("secure"));
const laterThan = (screen) => WIZARD.slice(WIZARD.indexOf(screen) + 1);

test("a reload, and a visit to the sign-in page, lead back to the step that is due", async () => {
  const { person, profile, hand, page } = await begin("secure");
  for (const screen of WIZARD) {
    assert.equal(screenOf(page), screen);
    await page.reload();
    assert.equal(screenOf(page), screen, "after a reload");
    if (screen !== "done") {
      const other = await profile.newPage();
      await other.goto(gateway.url(PATHS.home));
      await load(other, () => other.locator("main a.go").click());
      assert.equal(screenOf(other), screen, "from the sign-in page");
      await other.close();
    }
    await step(hand, person, screen);
  }
  assert.equal((await identity(page))["remote-user"], person.name);
  assert.deepEqual(profile.watch.faults, []);
  await profile.close();
});

test("after Back one goes on from there, and nothing is lost", async () => {
  const { person, profile, hand, page } = await begin("prove");
  const { secret } = person.app;
  await page.goBack();
  assert.equal(screenOf(page), "scan");
  await page.goBack();
  assert.equal(screenOf(page), "set_up_app");
  await step(hand, person, "set_up_app");
  assert.equal(screenOf(page), "scan");
  await step(hand, person, "scan");
  assert.equal(person.app.secret, secret, "the app that was set up already still counts");
  await step(hand, person, "prove");
  // Once the number was right there is no way back before it.
  await page.goBack();
  await page.reload();
  assert.equal(screenOf(page), "recovery_codes");
  await finish(hand, person);
  // Nor after the end.
  await page.goBack();
  await page.reload();
  assert.ok(!WIZARD.slice(0, -1).includes(screenOf(page)), page.url());
  await profile.close();
});

test("no step can be skipped by typing its address", async () => {
  const { person, profile, hand, page } = await begin("secure");
  for (const due of WIZARD) {
    assert.equal(screenOf(page), due);
    for (const later of laterThan(due)) {
      await page.goto(gateway.url(PATHS[later]));
      assert.equal(screenOf(page), due, `${later} was asked for`);
    }
    await page.goto(gateway.url("/.vestibule/code"));
    assert.equal(screenOf(page), due, "the number of a later sign-in was asked for");
    await step(hand, person, due);
  }
  assert.equal((await identity(page))["remote-user"], person.name);
  await profile.close();

  // Control: a screen that was passed can be looked at again.
  const other = await begin("scan");
  await other.page.goto(gateway.url(PATHS.get_app));
  assert.equal(screenOf(other.page), "get_app");
  await other.profile.close();
});

test("no step can be skipped by sending a form that is empty or of a later step", async () => {
  const { person, profile, hand, page } = await begin("secure");
  /** Sends a form from the page that is open, as its own script could. */
  const post = (path, fields) =>
    page.evaluate(
      async ([path, fields]) => {
        const answer = await fetch(path, { method: "POST", body: new URLSearchParams(fields) });
        return { status: answer.status, path: new URL(answer.url).pathname };
      },
      [path, fields],
    );
  const token = () => page.locator("input[name=csrf]").first().inputValue();
  for (const due of WIZARD.slice(0, -1)) {
    assert.equal(screenOf(page), due);
    for (const screen of [due, ...laterThan(due)]) {
      // Without the form's token it is nobody's form.
      assert.equal((await post(PATHS[screen], {})).status, 403, `${screen} at ${due}`);
    }
    for (const screen of laterThan(due)) {
      if (screen === "done") continue;
      const answer = await post(PATHS[screen], { csrf: await token() });
      assert.notEqual(answer.path, "/", `${screen} at ${due}`);
    }
    if (due === "prove" || due === "new_password") {
      const answer = await post(PATHS[due], { csrf: await token() });
      assert.equal(answer.status, 422, `an empty ${due}`);
    }
    await page.reload();
    assert.equal(screenOf(page), due, "after all these posts");
    await step(hand, person, due);
  }
  await finish(hand, person);
  await profile.close();

  // Control: the same post, for the step that is due, leads to the next one.
  const other = await begin("secure");
  const csrf = await other.page.locator("input[name=csrf]").first().inputValue();
  const path = await other.page.evaluate(
    async ([path, csrf]) => (await fetch(path, { method: "POST", body: new URLSearchParams({ csrf }) })).url,
    [PATHS.secure, csrf],
  );
  assert.equal(new URL(path).pathname, PATHS.get_app);
  await other.profile.close();
});

test("the end cannot be asked for before it is reached", async () => {
  const { person, profile, hand, page } = await begin("secure");
  for (const due of WIZARD.slice(0, -1)) {
    const csrf = await page.locator("input[name=csrf]").first().inputValue();
    const before = gateway.portal.asked.length;
    const answer = await page.evaluate(
      async ([path, csrf]) => {
        const answer = await fetch(path, { method: "POST", body: new URLSearchParams({ csrf }) });
        return { path: new URL(answer.url).pathname };
      },
      [PATHS.done, csrf],
    );
    const reached = gateway.portal.asked.slice(before).filter(({ user }) => user === person.name);
    assert.deepEqual(reached, [], `the portal was reached from ${due}`);
    // Whoever presses a button that is not due is led to what is due, and has lost nothing.
    await page.goto(gateway.url(PATHS.sign_in));
    assert.equal(screenOf(page), due, `after the last form was sent at ${due}, which led to ${answer.path}`);
    await step(hand, person, due);
  }
  // Control: at the end the same form leads to the portal.
  await finish(hand, person);
  await profile.close();
});

test("a closed tab is resumed through the sign-in page, and a closed browser with the provisional password", async () => {
  const { person, profile, page } = await begin("set_up_app");
  await page.close();
  const again = new Mouse(await profile.newPage());
  await again.page.goto(gateway.url(PATHS.home));
  await again.press("main a.go");
  assert.equal(screenOf(again.page), "set_up_app");
  await profile.close();

  // Another browser knows nothing: name and provisional password lead on.
  const second = await openProfile(browser, gateway.origin);
  const hand = new Mouse(await second.newPage());
  await firstConnection(hand, person, { until: "success" });
  await second.close();

  // From the moment the app is proven, its number is asked as well.
  const third = await openProfile(browser, gateway.origin);
  const last = new Mouse(await third.newPage());
  await last.page.goto(gateway.url(PATHS.sign_in));
  await step(last, person, "sign_in");
  await step(last, person, "password");
  assert.equal(screenOf(last.page), "/.vestibule/code");
  await last.page.goto(gateway.url(PATHS.new_password));
  assert.equal(screenOf(last.page), "/.vestibule/code", "the number cannot be left out");
  await step(last, person, "prove");
  assert.equal(screenOf(last.page), "new_password");
  await finish(last, person);
  await third.close();

  // When everything is set up, the provisional password is dead.
  const fourth = await openProfile(browser, gateway.origin);
  const late = new Mouse(await fourth.newPage());
  await late.page.goto(gateway.url(PATHS.sign_in));
  await step(late, person, "sign_in");
  await step(late, person, "password");
  assert.equal(await late.page.locator("#problem").textContent(), wordsOf("en")["password-wrong"]);
  // Control: the person's own is not.
  await late.type("#password", person.own);
  await late.send();
  assert.equal(screenOf(late.page), "/.vestibule/code");
  await fourth.close();
});

test("two tabs that press next in turn do not fight", async () => {
  const { person, profile, hand } = await begin("secure");
  const other = new Mouse(await profile.newPage());
  await other.page.goto(gateway.url(PATHS.secure));
  for (const screen of ["secure", "get_app", "set_up_app", "scan"]) {
    for (const tab of [hand, other]) {
      assert.equal(screenOf(tab.page), screen);
      await step(tab, person, screen);
    }
  }
  const { secret } = person.app;
  await other.page.goto(gateway.url(PATHS.scan));
  assert.equal((await other.page.locator(".by-hand code").textContent()).replace(/\s/g, ""), secret);
  await step(other, person, "scan");

  // One proves it; the other, with its old form, is led to what is due.
  await step(hand, person, "prove");
  assert.equal(screenOf(hand.page), "recovery_codes");
  await step(other, person, "prove");
  assert.equal(screenOf(other.page), "recovery_codes");
  await step(other, person, "recovery_codes");
  assert.equal(screenOf(other.page), "success");
  await step(hand, person, "recovery_codes");
  assert.equal(screenOf(hand.page), "success");
  await step(other, person, "success");
  assert.equal(screenOf(other.page), "new_password");
  await step(hand, person, "success");
  assert.equal(screenOf(hand.page), "new_password");
  await step(other, person, "new_password");
  assert.equal(screenOf(other.page), "done");
  await step(hand, person, "new_password");
  assert.equal(screenOf(hand.page), "done");
  await step(hand, person, "done");
  assert.equal((await identity(hand.page))["remote-user"], person.name);
  await step(other, person, "done");
  assert.equal((await identity(other.page))["remote-user"], person.name);
  assert.deepEqual(profile.watch.faults, []);
  await profile.close();
});

test("the portal is out of reach until the set-up is whole", async () => {
  const person = await gateway.addPerson();
  const profile = await openProfile(browser, gateway.origin);
  const hand = new Mouse(await profile.newPage());
  const other = await profile.newPage();
  const reached = () => gateway.portal.asked.some(({ user }) => user === person.name);
  await firstConnection(hand, person, {
    look: async (screen) => {
      if (screen === "done") return;
      await other.goto(gateway.url("/"));
      assert.ok(pathOf(other).startsWith("/.vestibule/"), `at ${screen}: ${other.url()}`);
      assert.equal(await other.locator("#identity").count(), 0, `at ${screen}`);
      assert.equal(reached(), false, `at ${screen}`);
    },
  });
  // Control: it is within reach after.
  await other.goto(gateway.url("/"));
  assert.equal((await identity(other))["remote-user"], person.name);
  assert.equal(reached(), true);
  await profile.close();
});

test("after the first connection one comes to the page that was asked for before it", async () => {
  const person = await gateway.addPerson();
  const profile = await openProfile(browser, gateway.origin);
  const hand = new Mouse(await profile.newPage());
  await hand.page.goto(gateway.url("/letters?from=mail"));
  assert.equal(screenOf(hand.page), "sign_in");
  for (const screen of SCREENS.slice(1)) await step(hand, person, screen);
  assert.equal((await identity(hand.page)).path, "/letters?from=mail");
  await profile.close();
});

test("a second press on a button sends nothing, since it would throw the first answer away", async () => {
  const presses = async (page) => {
    await page.goto(gateway.url(PATHS.sign_in));
    return page.evaluate(() => {
      const form = document.querySelector("main form");
      const stopped = [];
      form.addEventListener("submit", (event) => {
        stopped.push(event.defaultPrevented);
        event.preventDefault();
      });
      form.requestSubmit();
      form.requestSubmit();
      return stopped;
    });
  };
  const profile = await openProfile(browser, gateway.origin);
  assert.deepEqual(await presses(await profile.newPage()), [false, true]);
  await profile.close();
  // Control: without the script both would be sent.
  const bare = await openProfile(browser, gateway.origin);
  await bare.route("**/vestibule.js", (route) => route.abort());
  assert.deepEqual(await presses(await bare.newPage()), [false, false]);
  await bare.close();
});
