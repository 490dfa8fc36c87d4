// What stands around the browser: a portal, a mail server, and the gateway between them, on free ports
// and in a folder that goes with them.

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createServer as createSocket } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

import { Program, run } from "./program.mjs";

export const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
/** The program under test. */
export const VESTIBULE = resolve(ROOT, process.env.VESTIBULE ?? "target/debug/vestibule");
const MAIL_SERVER = join(ROOT, "tests/suite/support/smtp_server.py");

/** A portal that shows who it was told is there. */
class Portal {
  /** The addresses that were asked for, with the user they were asked for. */
  asked = [];

  static async start() {
    const portal = new Portal();
    portal.server = createServer((request, response) => {
      const user = request.headers["remote-user"] ?? "";
      portal.asked.push({ path: request.url, user });
      const seen = Object.entries(request.headers).filter(([name]) => name.startsWith("remote-"));
      const shown = JSON.stringify({ path: request.url, ...Object.fromEntries(seen) });
      response.setHeader("content-type", "text/html; charset=utf-8");
      response.end(`<!doctype html><html lang="en"><title>Portal</title><link rel="icon" href="data:,">
<main><h1>Portal</h1><pre id="identity">${shown.replace(/&/g, "&amp;").replace(/</g, "&lt;")}</pre></main>`);
    });
    portal.port = await listen(portal.server);
    return portal;
  }

  end() {
    this.server.closeAllConnections();
    this.server.close();
  }
}

function listen(server) {
  return new Promise((give, fail) => {
    server.once("error", fail);
    server.listen(0, "127.0.0.1", () => give(server.address().port));
  });
}

async function freePort() {
  const socket = createSocket();
  const port = await listen(socket);
  await new Promise((done) => socket.close(done));
  return port;
}

/** The gateway, with its portal and its mail server. */
export class Gateway {
  #people = 0;

  /** `hashing` is what passwords cost: the cheapest, unless something is measured. */
  static async start({ hashing = "memory_kib = 8\npasses = 1", signIn = "", extra = "" } = {}) {
    const gateway = new Gateway();
    gateway.folder = await mkdtemp(join(tmpdir(), "gateway-"));
    gateway.config = join(gateway.folder, "vestibule.toml");
    gateway.portal = await Portal.start();
    gateway.mail = new Program("python3", [MAIL_SERVER, join(gateway.folder, "mail")]);
    const { port: mailPort } = await gateway.mail.event(({ event }) => event === "listening");
    const settings = { hashing, signIn, extra, mailPort, portalPort: gateway.portal.port };
    // The public address holds the port, so it is chosen before the gateway listens; if somebody takes
    // it in between, another is tried.
    for (let left = 5; ; left -= 1) {
      const port = await freePort();
      gateway.settings = { ...settings, port };
      await writeFile(gateway.config, configuration(gateway.settings));
      gateway.program = new Program(VESTIBULE, ["serve", "--config", gateway.config]);
      try {
        const ready = await gateway.program.event(({ event }) => event === "listening");
        gateway.origin = ready.public_url;
        return gateway;
      } catch (error) {
        if (left === 0 || !/in use/i.test(gateway.program.log)) {
          await gateway.end();
          throw error;
        }
      }
    }
  }

  /** Starts it again, at the same address, with other settings. */
  async restart(settings) {
    await this.program.end();
    Object.assign(this.settings, settings);
    await writeFile(this.config, configuration(this.settings));
    this.program = new Program(VESTIBULE, ["serve", "--config", this.config]);
    await this.program.event(({ event }) => event === "listening");
  }

  /** An address of the gateway. */
  url(path) {
    return new URL(path, this.origin).href;
  }

  /** Runs the program beside the gateway, on the same configuration. */
  command(...args) {
    return run(VESTIBULE, [...args, "--config", this.config]);
  }

  /** Makes an account the way an operator does, and reads the mail that the person gets. */
  async addPerson({ name, language = "en" } = {}) {
    this.#people += 1;
    name ??= `jdupont${this.#people}`;
    // One address for each, also where a name is used again.
    const email = `person${this.#people}@example.test`;
    const about = ["--email", email, "--full-name", "Jeanne Dupont", "--lang", language];
    await this.command("user", "add", name, ...about, "--group", "accounts");
    const mail = await this.mailTo(email);
    // The plain text holds the provisional password on a line of its own, between the name and the link.
    const lines = mail.text.split("\n").filter((line) => line.startsWith("    "));
    const [told, provisional, link] = lines.map((line) => line.trim());
    if (told !== name || !link.startsWith(this.origin)) throw new Error(`unread mail: ${mail.text}`);
    return { name, email, language, mail, provisional, own: OWN_PASSWORD };
  }

  /** The first mail to an address. */
  mailTo(address) {
    return this.mail.event(({ event, recipients }) => event === "mail" && recipients.includes(address));
  }

  async end() {
    await this.program?.end();
    await this.mail?.end();
    this.portal?.end();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** The password that people choose here. */
export const OWN_PASSWORD = "Seven otters cross 2 bridges";

function configuration({ port, portalPort, mailPort, hashing, signIn, extra }) {
  return `[server]
listen = ["127.0.0.1:${port}"]
public_url = "http://localhost:${port}"
data_dir = "data"
apps_on_sign_in_host = true
[operator]
listen = "127.0.0.1:0"
[sign_in]
second_factor = "required"
${signIn}
[hashing]
${hashing}
[mail]
server = "127.0.0.1:${mailPort}"
tls = "none"
from = "no-reply@example.test"
[brand]
name = "My portal"
language = "en"
support_phone = "0800 00 000"
support_hours = "8:30 - 17:00"
legal_notice = "My portal is a service of Example ltd."
[[brand.link]]
text = "Privacy"
address = "https://www.example.test/privacy"
${extra}
[[app]]
name = "portal"
hosts = ["localhost"]
upstreams = ["http://127.0.0.1:${portalPort}"]
headers = "remote"
  [[app.rule]]
  path = "/"
  allow = "signed-in"
`;
}
