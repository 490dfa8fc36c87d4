// Several hosts and one sign-in, as a browser sees it: a page that calls its neighbour, a sign-out that
// ends both, a form that another site sends back, and one that is sent when the session is over.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { launch } from "./support/browser.mjs";
import { OWN_PASSWORD, VESTIBULE } from "./support/gateway.mjs";
import { Program } from "./support/program.mjs";

const NAME = "anna";
/** What the portal's own page does: it asks its neighbour, with a header that has browsers ask before. */
const SCRIPT = `<script>
  const told = document.querySelector("output");
  fetch("API/data", { credentials: "include", headers: { "X-Ask": "1" } })
    .then((answer) => answer.text())
    .then((text) => (told.textContent = text), (error) => (told.textContent = "failed: " + error));
</script>`;

/** A form with a file, as a page of the portal has it. */
const FORM = `<form method="post" action="/upload" enctype="multipart/form-data">
  <label>Note <input name="note"></label><label>Scan <input type="file" name="scan"></label><button>Send</button>
</form>`;
/** Longer than a session lasts here without a request, which is a minute, the shortest there is. */
const PATIENCE = 240_000;

let browser, folder, gateway, apps, elsewhere, port;
const at = (host) => `http://${host}.demo.localhost:${port}`;

/** The apps: each says who was there and what was sent. */
async function answer(request, response) {
  let body = "";
  for await (const piece of request) body += piece;
  const user = request.headers["remote-user"] ?? "nobody";
  if (request.headers.host.startsWith("api.")) {
    response.setHeader("Access-Control-Allow-Origin", at("portal"));
    response.setHeader("Access-Control-Allow-Credentials", "true");
    response.setHeader("Access-Control-Allow-Headers", "x-ask");
  }
  response.setHeader("content-type", "text/html; charset=utf-8");
  const script = { "/": SCRIPT.replace("API", at("api")), "/form": FORM }[request.url] ?? "";
  const { origin = "", "sec-fetch-site": site } = request.headers;
  response.end(`<!doctype html><html lang="en"><title>App</title><link rel="icon" href="data:,">
<main><h1>App</h1><p id="seen">${request.method} ${request.url} ${user} ${body}</p><p id="from">${site} ${origin}</p><output></output></main>${script}`);
}

/** A bank on another site, whose page sends people back with a form. */
function bank(_, response) {
  response.setHeader("content-type", "text/html; charset=utf-8");
  response.end(`<!doctype html><html lang="en"><title>Bank</title><link rel="icon" href="data:,">
<form method="post" action="${at("portal")}/paid?order=7"><input name="paid" value="yes"><button>Back to the shop</button></form>`);
}

const listen = async (serve) => {
  const server = createServer(serve).listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
};

before(async () => {
  [browser, apps, elsewhere] = await Promise.all([launch(), listen(answer), listen(bank)]);
  folder = await mkdtemp(join(tmpdir(), "hosts-"));
  const config = join(folder, "vestibule.toml");
  const app = (name, rules) => `[[app]]
name = "${name}"
hosts = ["${name}.demo.localhost"]
sign_in_group = "work"
upstreams = ["http://127.0.0.1:${apps.address().port}"]
${rules}
  [[app.rule]]
  path = "/"
  allow = "signed-in"
  cors_preflight = "app"
`;
  await writeFile(
    config,
    `[server]
listen = ["127.0.0.1:0"]
public_url = "http://id.demo.localhost:0"
data_dir = "data"
[operator]
listen = "127.0.0.1:0"
[sign_in]
second_factor = "optional"
[session]
idle_minutes = 1
[hashing]
memory_kib = 8
passes = 1
${app("portal", '  [[app.rule]]\n  path = "/paid"\n  allow = "signed-in"\n  cross_site_post = "bounce"')}
${app("api", "")}`,
  );
  gateway = new Program(VESTIBULE, ["serve", "--config", config]);
  const ready = await gateway.event(({ event }) => event === "listening");
  port = new URL(ready.public_url).port;
  const args = ["user", "add", NAME, "--email", "a@example.test", "--password-stdin", "--config", config];
  const add = spawn(VESTIBULE, args, { stdio: ["pipe", "ignore", "inherit"] });
  add.stdin.end(`${OWN_PASSWORD}\n`);
  assert.deepEqual(await once(add, "close"), [0, null]);
});
after(async () => {
  await browser?.close();
  await gateway?.end();
  for (const server of [apps, elsewhere]) {
    server?.closeAllConnections();
    server?.close();
  }
  await rm(folder, { recursive: true, force: true });
});

/** Somebody who opens the portal and signs in where that leads. */
async function signedIn() {
  const profile = await browser.newContext({ locale: "en" });
  profile.setDefaultTimeout(30_000);
  const page = await profile.newPage();
  await page.goto(`${at("portal")}/`);
  assert.equal(new URL(page.url()).origin, at("id"));
  for (const [field, text] of [["#name", NAME], ["#password", OWN_PASSWORD]]) {
    await page.locator(field).fill(text);
    await page.locator(field).press("Enter");
  }
  await page.waitForURL(`${at("portal")}/`);
  return { profile, page };
}

const seen = (page) => page.locator("#seen").textContent();

test("one sign-in serves a page and what it calls in the background, and a sign-out ends both", async () => {
  const { profile, page } = await signedIn();
  assert.match(await seen(page), new RegExp(`^GET / ${NAME}`));
  await page.locator("output", { hasText: "GET /data" }).waitFor();
  assert.match(await page.locator("output").textContent(), new RegExp(`GET /data ${NAME}`));

  await page.goto(`${at("portal")}/.vestibule/sign-out`);
  await page.locator("main form button.go").first().click();
  await page.locator("a.go[href='/.vestibule/sign-in']").waitFor();
  for (const host of ["portal", "api", "id"]) {
    const answer = await page.goto(`${at(host)}/.vestibule/whoami`);
    assert.equal(answer.status(), 401, host);
  }
  await profile.close();
});

test("tabs that are opened at once on a host never visited all arrive", async () => {
  const { profile, page } = await signedIn();
  // What a browser is that was at the portal's neighbour, and is now given ten tabs of the portal.
  await profile.clearCookies({ domain: "portal.demo.localhost" });
  const tabs = await Promise.all(Array.from({ length: 10 }, () => profile.newPage()));
  await Promise.all(tabs.map((tab, number) => tab.goto(`${at("portal")}/tab-${number}`)));
  for (const [number, tab] of tabs.entries()) {
    await tab.waitForURL(`${at("portal")}/tab-${number}`);
    assert.match(await seen(tab), new RegExp(`^GET /tab-${number} ${NAME}`));
  }
  // All of them share one session, and so does what was open before.
  for (const tab of [page, ...tabs]) assert.equal((await tab.reload()).status(), 200);
  await profile.close();
});

test("a form that another site sends back arrives after one press", async () => {
  const { profile, page } = await signedIn();
  await page.goto(`http://127.0.0.1:${elsewhere.address().port}/`);
  await page.locator("button").click();
  await page.waitForURL(`${at("portal")}/.vestibule/kept?form=*`);
  // The page says whose form it is, and so does the request.
  const bankHost = `127.0.0.1:${elsewhere.address().port}`;
  assert.ok((await page.locator("main").textContent()).includes(bankHost));
  await page.locator("main form button.go").click();
  await page.waitForURL(`${at("portal")}/paid?order=7`);
  assert.match(await seen(page), new RegExp(`^POST /paid\\?order=7 ${NAME} paid=yes$`));
  assert.equal(await page.locator("#from").textContent(), `cross-site http://${bankHost}`);
  await profile.close();
});

test("a form with a file that meets an expired session arrives after signing in again", { timeout: PATIENCE }, async () => {
  const { profile, page } = await signedIn();
  await page.goto(`${at("portal")}/form`);
  await page.locator("[name=note]").fill("two pages");
  const buffer = Buffer.from("the scanned page");
  await page.locator("[name=scan]").setInputFiles({ name: "scan.txt", mimeType: "text/plain", buffer });
  // Another one waits in another tab.
  const second = await profile.newPage();
  await second.goto(`${at("portal")}/form`);
  await second.locator("[name=note]").fill("of the second tab");
  // Looking does not count as use.
  await page.evaluate(async () => {
    while ((await fetch("/.vestibule/whoami")).status !== 401) await new Promise((done) => setTimeout(done, 1000));
  });
  for (const tab of [page, second]) {
    await tab.locator("button").click();
    await tab.waitForURL(`${at("portal")}/.vestibule/kept?form=*`);
  }
  await page.locator("main a.go").click();
  // The browser knows who used it.
  await page.locator("button.account", { hasText: NAME }).click();
  await page.locator("#password").fill(OWN_PASSWORD);
  await page.locator("#password").press("Enter");
  await page.waitForURL(`${at("portal")}/.vestibule/kept?form=*`);
  assert.equal(await page.locator("text=the scanned page").count(), 0, "nothing of it is shown");
  await page.locator("main form button.go").click();
  await page.waitForURL(`${at("portal")}/upload`);
  const whole = new RegExp(`^POST /upload ${NAME} .*two pages.*filename="scan.txt".*the scanned page`, "s");
  assert.match(await seen(page), whole);
  // It was the portal's own, and is said to be.
  assert.equal(await page.locator("#from").textContent(), `same-origin ${at("portal")}`);
  // The second tab sends its own, and asks nobody to sign in again.
  await second.locator("main a.go").click();
  await second.locator("main form button.go").click();
  await second.waitForURL(`${at("portal")}/upload`);
  assert.match(await seen(second), /of the second tab/);
  // Its next form is an ordinary one.
  await page.goto(`${at("portal")}/form`);
  await page.locator("[name=note]").fill("one more");
  await page.locator("button").click();
  await page.waitForURL(`${at("portal")}/upload`);
  assert.match(await seen(page), /one more/);
  await profile.close();
});
