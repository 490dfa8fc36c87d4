// The phone rings: what is asked before, where it can be rung, and what a push does.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { Bench, CODE, SERVER_KEY, callsOf, connect, see, until } from "./support/phone.mjs";
import { PAGE } from "./support/phone_portal.mjs";
import { wordsOf } from "./support/words.mjs";

const WORDS = wordsOf("en");
const bench = new Bench();
before(() => bench.start());
after(() => bench.end());

test("the phone rings where its owner agreed, and every account learns where", () => {
  // A push service is not at hand: the browser's part is played, with the key that it was given last.
  const prepare = () => {
    if (location.protocol === "about:") return;
    const bytes = (length) => new Uint8Array(length).fill(7).buffer;
    const make = ({ applicationServerKey }, number) => ({
      endpoint: `https://push.example.test/${number}`,
      options: { applicationServerKey: new Uint8Array(applicationServerKey).buffer },
      getKey: (name) => bytes(name === "auth" ? 16 : 65),
      unsubscribe: async () => localStorage.removeItem("subscribed"),
    });
    PushManager.prototype.getSubscription = async () => {
      const { key, number } = JSON.parse(localStorage.getItem("subscribed")) ?? {};
      return key ? make({ applicationServerKey: key }, number) : null;
    };
    PushManager.prototype.subscribe = async (how) => {
      const number = Number(localStorage.getItem("numbers") ?? 0) + 1;
      localStorage.setItem("numbers", number);
      localStorage.setItem("subscribed", JSON.stringify({ key: [...how.applicationServerKey], number }));
      return make(how, number);
    };
    let permission = localStorage.getItem("permission") ?? "default";
    Object.defineProperty(Notification, "permission", { get: () => permission });
    Notification.requestPermission = async () => {
      permission = "granted";
      localStorage.setItem("permission", permission);
      return permission;
    };
  };
  return bench.phone(
    async (phone) => {
      const { page, portal } = phone;
      const pushes = () => callsOf(phone, "requests").flatMap(({ push }) => (push ? [push.endpoint] : []));
      await page.goto(portal.url(`${PAGE}#pair=${CODE}`));
      await page.locator("#connect button.go").click();
      await see(page, "ring");
      assert.deepEqual(portal.calls, [], "nothing is connected before the answer");
      await page.locator("#ring-no").click();
      await see(page, "waiting");
      await page.locator("#ring-off").waitFor();
      await page.locator("#ring-now").click();
      await page.locator("#ring-on").waitFor();
      await page.locator("#look").click();
      await page.locator("#looked", { hasText: WORDS["phone-waiting-nothing"] }).waitFor();
      const told = (number) => {
        const known = () => portal.phones.values().next().value.push?.endpoint;
        return until(page, () => known() === `https://push.example.test/${number}`, `address ${number}`);
      };
      await told(1);
      // Once in a visit, since nothing changed.
      await page.locator("#look").click();
      await page.locator("#looked", { hasText: WORDS["phone-waiting-nothing"] }).waitFor();
      assert.equal(pushes().length, 1);
      await page.reload();
      await page.locator("#ring-on").waitFor();
      await page.waitForResponse("**/phone/requests");
      assert.deepEqual(new Set(pushes()), new Set(["https://push.example.test/1"]));
      // The portal has another key: the old subscription is worth nothing.
      portal.key = `C${SERVER_KEY.slice(1)}`;
      await page.reload();
      await told(2);
    },
    { key: SERVER_KEY, prepare },
  );
});

test("a push shows one message, wakes the page, and leads to our page alone", () =>
  bench.phone(
    async (phone) => {
      const { page, portal, profile } = phone;
      await connect(phone);
      const worker = profile.serviceWorkers()[0] ?? (await profile.waitForEvent("serviceworker"));
      assert.equal(new URL(worker.url()).pathname, `${PAGE}/worker.js`);
      await page.evaluate(() => navigator.serviceWorker.ready);
      const tools = await profile.newCDPSession(page);
      const registered = new Promise((give) => {
        tools.on("ServiceWorker.workerRegistrationUpdated", ({ registrations }) => {
          const ours = registrations.find(({ scopeURL }) => scopeURL === portal.url(PAGE));
          if (ours) give(ours.registrationId);
        });
      });
      await tools.send("ServiceWorker.enable");
      const registrationId = await registered;
      const knock = (data) =>
        tools.send("ServiceWorker.deliverPushMessage", { origin: portal.origin, registrationId, data });
      const notes = () =>
        worker.evaluate(async () => {
          const list = await self.registration.getNotifications();
          return list.map(({ title, body, tag, data }) => ({ title, body, tag, data }));
        });
      const shown = async (title) => {
        let list;
        await until(page, async () => (list = await notes())[0]?.title === title, `message ${title}`);
        return list;
      };
      const message = (title, navigate) =>
        JSON.stringify({ web_push: 8030, notification: { title, body: "Is that you?", navigate } });

      await knock(message("One", portal.url(`${PAGE}?lang=fr`)));
      const [one] = await shown("One");
      assert.deepEqual(one, { title: "One", body: "Is that you?", tag: "asked", data: portal.url(`${PAGE}?lang=fr`) });
      for (const [title, elsewhere] of [
        ["Two", "https://elsewhere.example.test/.vestibule/phone"],
        ["Three", portal.url("/.vestibule/sign-out")],
        ["Four", "javascript:alert(1)"],
        ["Five", portal.url("/.vestibule/phone/../sign-out")],
      ]) {
        await knock(message(title, elsewhere));
        const list = await shown(title);
        assert.equal(list.length, 1, "a new one takes the place of the old");
        assert.equal(list[0].data, portal.url(PAGE), elsewhere);
      }
      await knock("not json");
      assert.equal((await shown("localhost"))[0].data, portal.url(PAGE));

      // The page looks at once, and what is open takes the message away.
      portal.ask("jdupont");
      await knock(message("Six", portal.url(PAGE)));
      await see(page, "request");
      await until(page, async () => (await notes()).length === 0, "the end of the message");
    },
    { permissions: ["notifications"] },
  ));

test("a press on the message goes to the page that is open, or opens it", () =>
  bench.phone(
    async (phone) => {
      const { page, portal, profile } = phone;
      await connect(phone);
      const worker = profile.serviceWorkers()[0] ?? (await profile.waitForEvent("serviceworker"));
      await page.evaluate(() => navigator.serviceWorker.ready);
      // Only a person's press may bring a window to the front: what would be done is taken down.
      await worker.evaluate(() => {
        self.done = [];
        WindowClient.prototype.focus = async function () {
          self.done.push(["focus", new URL(this.url).pathname]);
        };
        Clients.prototype.openWindow = async (url) => {
          self.done.push(["open", url]);
        };
      });
      const press = async (count) => {
        await worker.evaluate(async (data) => {
          await self.registration.showNotification("One", { tag: "asked", data });
          const [notification] = await self.registration.getNotifications();
          self.dispatchEvent(new NotificationEvent("notificationclick", { notification }));
        }, portal.url(`${PAGE}?lang=nl`));
        let done;
        await until(page, async () => (done = await worker.evaluate(() => self.done)).length === count, "a window");
        return done;
      };
      portal.ask("jdupont");
      assert.deepEqual(await press(1), [["focus", PAGE]]);
      await see(page, "request");
      // A page of ours that is not the phone's is not taken for it.
      await page.goto(portal.url("/.vestibule/"));
      assert.deepEqual((await press(2))[1], ["open", portal.url(`${PAGE}?lang=nl`)]);

      await page.goto(portal.url(PAGE));
      await see(page, "request");
      const heard = page.evaluate(
        () => new Promise((give) => navigator.serviceWorker.addEventListener("message", ({ data }) => give(data))),
      );
      const change = () => self.dispatchEvent(new ExtendableEvent("pushsubscriptionchange"));
      await until(page, () => worker.evaluate(change).then(() => Promise.race([heard, null])), "word of the change");
      assert.equal(await heard, "changed");
    },
    { permissions: ["notifications"] },
  ));
