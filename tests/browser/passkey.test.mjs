// The script of passkeys (pages/passkey.js) with a device in software: on a page of its own, since what is
// tested is what it asks the browser, and what it sends.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";

import { launch, openProfile } from "./support/browser.mjs";

const ORIGIN = "http://localhost:8931";
const SCRIPT = readFileSync(new URL("../../pages/passkey.js", import.meta.url), "utf8");
const CSP = "default-src 'none'; script-src 'self'; connect-src 'self'; form-action 'self'";
const CHALLENGE = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc";
const HANDLE = "oaGhoaGhoaGhoaGhoaGhoQ";

const CREATION = {
  rp: { id: "localhost", name: "My portal" },
  user: { id: HANDLE, name: "ann", displayName: "Ann Peeters" },
  challenge: CHALLENGE,
  pubKeyCredParams: [-7, -8, -257].map((alg) => ({ type: "public-key", alg })),
  timeout: 300000,
  excludeCredentials: [],
  authenticatorSelection: { residentKey: "preferred", requireResidentKey: false, userVerification: "preferred" },
  attestation: "none",
  extensions: { credProps: true },
};
const REQUEST = { rpId: "localhost", challenge: CHALLENGE, timeout: 300000, userVerification: "required" };
const only = (id) => [{ type: "public-key", id, transports: ["internal"] }];

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

const attribute = (value) => value.replace(/&/g, "&amp;").replace(/"/g, "&quot;");

/** A page with a form for passkeys and one for a name, and a device that says yes. */
async function open({ init, verified = true } = {}) {
  const profile = await openProfile(browser, ORIGIN);
  const page = await profile.newPage();
  const devices = await profile.newCDPSession(page);
  await devices.send("WebAuthn.enable", { enableUI: false });
  const { authenticatorId } = await devices.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: verified,
      automaticPresenceSimulation: true,
    },
  });
  if (init) await page.addInitScript(init);

  const sent = [];
  const asked = [];
  let form = "";
  let options;
  await page.route(`${ORIGIN}/**`, async (route) => {
    const request = route.request();
    const path = new URL(request.url()).pathname;
    const fields = () => Object.fromEntries(new URLSearchParams(request.postData()));
    if (path === "/passkey.js") return route.fulfill({ contentType: "text/javascript", body: SCRIPT });
    if (path === "/options") {
      asked.push(fields());
      return options ? route.fulfill({ json: options }) : route.fulfill({ status: 409, body: "" });
    }
    if (request.method() === "POST") sent.push({ path, ...fields() });
    const headers = { "content-security-policy": CSP };
    return route.fulfill({ contentType: "text/html", headers, body: path === "/" ? form : "<!doctype html>" });
  });

  /** Shows a form of one kind; given a second value, its options are fetched. */
  const show = async (kind, given, later) => {
    options = later;
    const from = given ? `data-options="${attribute(JSON.stringify(given))}"` : 'data-options-url="/options"';
    form = `<!doctype html><html lang="en"><title>Passkeys</title>
      <form id="name" method="post" action="/name"><input name="name" autocomplete="username webauthn">
      <button>Next</button></form>
      <p id="no" hidden>cancelled</p><p id="has" hidden>exists</p><p id="old" hidden>unsupported</p>
      <form id="key" hidden method="post" action="/answer" data-passkey="${kind}" ${from}
        data-cancelled="no" data-exists="has" data-unsupported="old">
      <input type="hidden" name="csrf" value="t0ken"><input type="hidden" name="answer">
      <button>Passkey</button></form><script src="/passkey.js"></script></html>`;
    await page.goto(ORIGIN);
  };
  const press = () => page.locator("#key button").click();
  const answer = async (act = press) => {
    await Promise.all([page.waitForURL("**/answer"), act()]);
    return JSON.parse(sent.at(-1).answer);
  };
  /** What is said, once something is. */
  const said = async () => {
    await page.waitForSelector("p:not([hidden])");
    return page.locator("p:not([hidden])").allTextContents();
  };
  const device = (way, more) => devices.send(`WebAuthn.${way}`, { authenticatorId, ...more });
  return { profile, page, sent, asked, show, press, answer, said, device };
}

const clientData = (answer) => JSON.parse(Buffer.from(answer.response.clientDataJSON, "base64url"));

/** As browsers were before they could do it themselves, and as some password managers are. */
const older = () => {
  delete PublicKeyCredential.parseCreationOptionsFromJSON;
  delete PublicKeyCredential.parseRequestOptionsFromJSON;
  PublicKeyCredential.prototype.toJSON = undefined;
};

for (const [which, init] of [["a browser of today", undefined], ["an older browser", older]]) {
  test(`${which} sets a passkey up, uses it, and signs in with it`, async () => {
    const { profile, show, answer, sent } = await open({ init });

    await show("create", CREATION);
    const created = await answer();
    assert.equal(sent[0].csrf, "t0ken");
    assert.equal(created.type, "public-key");
    assert.equal(created.rawId, created.id);
    assert.deepEqual(created.response.transports, ["internal"]);
    assert.equal(created.clientExtensionResults.credProps.rk, true);
    const seen = clientData(created);
    assert.deepEqual([seen.type, seen.challenge, seen.origin], ["webauthn.create", CHALLENGE, ORIGIN]);
    assert.ok(created.response.attestationObject.length > 100);

    await show("get", { ...REQUEST, userVerification: "preferred", allowCredentials: only(created.id) });
    const used = await answer();
    assert.equal(used.id, created.id);
    assert.equal(clientData(used).type, "webauthn.get");
    for (const part of ["authenticatorData", "signature"]) assert.match(used.response[part], /^[\w-]{40,}$/);

    await show("sign-in", { ...REQUEST, allowCredentials: [] });
    // The suggestion is taken by itself: the device in software says yes to all.
    const signed = await answer(() => {});
    assert.equal(signed.response.userHandle, HANDLE);
    assert.deepEqual(profile.watch.faults, []);
    await profile.close();
  });
}

test("a passkey that is set up already is said to be, and nothing is sent", async () => {
  const { profile, page, show, press, answer, said, sent } = await open();
  await show("create", CREATION);
  const { id } = await answer();
  await show("create", { ...CREATION, excludeCredentials: only(id) });
  await press();
  assert.deepEqual(await said(), ["exists"]);
  assert.equal(sent.length, 1);
  assert.equal(new URL(page.url()).pathname, "/");
  await profile.close();
});

test("who cancels is told so, and can try again", async () => {
  const { profile, show, press, answer, said, sent, device } = await open({ verified: false });
  await show("create", { ...CREATION, authenticatorSelection: { userVerification: "required" } });
  await press();
  assert.deepEqual(await said(), ["cancelled"]);
  assert.equal(sent.length, 0);
  await device("setUserVerified", { isUserVerified: true });
  await answer();
  assert.equal(sent.length, 1);
  await profile.close();
});

test("options are fetched with the form's token, once for a page", async () => {
  const { profile, show, press, answer, said, asked } = await open();
  await show("create", undefined, CREATION);
  await answer();
  assert.deepEqual(asked, [{ csrf: "t0ken" }]);
  await show("create", undefined, undefined);
  await press();
  assert.deepEqual(await said(), ["cancelled"]);
  await profile.close();
});

test("a browser without passkeys hides the form and says so", async () => {
  const { profile, page, show, said } = await open({ init: () => delete window.PublicKeyCredential });
  await show("get", { ...REQUEST, allowCredentials: [] });
  assert.deepEqual(await said(), ["unsupported"]);
  assert.equal(await page.locator("#key").isVisible(), false);
  await profile.close();
});

test("a suggestion that waits is given up for the button and for the name, and says nothing", async () => {
  /** Takes down each request, what became of it, and leaves it open as a person does who thinks. */
  const init = () => {
    window.requests = [];
    navigator.credentials.get = ({ mediation = "modal", signal }) => {
      const request = { mediation, state: "open" };
      window.requests.push(request);
      return new Promise((_, fail) => {
        signal.addEventListener("abort", () => {
          request.state = "given up";
          fail(signal.reason);
        });
      });
    };
  };
  const { profile, page, show, press } = await open({ init });
  const requests = () => page.evaluate(() => window.requests);
  await show("sign-in", { ...REQUEST, allowCredentials: [] });
  await page.waitForFunction(() => window.requests.length === 1);
  assert.deepEqual(await requests(), [{ mediation: "conditional", state: "open" }]);

  await press();
  await page.waitForFunction(() => window.requests.length === 2);
  assert.deepEqual(await requests(), [
    { mediation: "conditional", state: "given up" },
    { mediation: "modal", state: "open" },
  ]);
  assert.equal(await page.locator("p:not([hidden])").count(), 0);

  await page.evaluate(() => {
    const form = document.querySelector("#name");
    form.addEventListener("submit", (event) => event.preventDefault());
    form.requestSubmit();
  });
  assert.deepEqual(
    (await requests()).map(({ state }) => state),
    ["given up", "given up"],
  );
  assert.equal(await page.locator("p:not([hidden])").count(), 0);
  await profile.close();
});
