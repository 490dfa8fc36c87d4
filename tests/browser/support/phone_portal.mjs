// What stands behind the phone's page where a test decides what the portal says: the pages and files of a
// real gateway, and the four calls of a phone answered here. Signatures are checked with the platform's
// own cryptography, over the texts as the gateway's own source has them.

import { randomBytes, webcrypto } from "node:crypto";
import { createServer, request as send } from "node:http";

const P256 = { name: "ECDSA", namedCurve: "P-256" };
const HOW = { name: "ECDSA", hash: "SHA-256" };

export const PAGE = "/.vestibule/phone";
export const PORTAL = "My portal";

export class PhonePortal {
  /** Everything a phone said: {path, body}. */
  calls = [];
  /** Codes that connect a phone, with the account that they are for. */
  codes = new Map();
  /** Phones by id: {account, key, name, push}. */
  phones = new Map();
  /** Whether phones are told to be connected again. */
  connectAgain = false;
  /** The word that the next call to a path is refused with. */
  refusals = new Map();
  #requests = new Map();

  /**
   * `key` is what the page is told to subscribe with, as if pushes were set up, and `passkey` what it asks the
   * browser for, as if a yes needed one; none leaves it as it is.
   */
  static async start(gateway, { key, passkey } = {}) {
    const portal = new PhonePortal();
    portal.gateway = gateway;
    portal.key = key;
    portal.passkey = passkey;
    portal.server = createServer((request, response) => {
      portal.#serve(request, response).catch((error) => {
        portal.fault ??= error;
        response.destroy();
      });
    });
    await new Promise((ready) => portal.server.listen(0, "127.0.0.1", ready));
    portal.origin = `http://localhost:${portal.server.address().port}`;
    return portal;
  }

  url(path) {
    return new URL(path, this.origin).href;
  }

  end() {
    this.server.closeAllConnections();
    this.server.close();
  }

  /** Asks an account: gives the request that its phones see, with its number. */
  ask(account, { number = "47", seconds = 120, ago = 0, ...about } = {}) {
    const now = Date.now();
    const request = {
      id: randomBytes(16).toString("hex"),
      nonce: randomBytes(32).toString("base64url"),
      asked: now - ago * 1000,
      expires: now + seconds * 1000,
      digits: number.length,
      browser: "Firefox · Windows",
      address: "203.0.113.7",
      same_network: false,
      setting_up: false,
      ...about,
    };
    this.#requests.set(account, { request, number });
    return request;
  }

  /** The request is no longer there. */
  withdraw(account) {
    this.#requests.delete(account);
  }

  async #serve(request, response) {
    const { pathname } = new URL(request.url, this.origin);
    if (request.method === "POST" && pathname.startsWith(`${PAGE}/`)) {
      const path = pathname.slice(PAGE.length + 1);
      const parts = [];
      for await (const chunk of request) parts.push(chunk);
      const body = JSON.parse(Buffer.concat(parts));
      this.calls.push({ path, body, headers: request.headers });
      const answer = await this.#answer(path, body);
      response.writeHead(answer.problem ? (answer.problem === "gone" ? 410 : 400) : 200, {
        "content-type": "application/json",
        "cache-control": "no-store",
      });
      return response.end(JSON.stringify(answer));
    }
    const { status, headers, body } = await this.#ofGateway(request);
    const shown = pathname === PAGE ? this.#altered(String(body)) : body;
    delete headers["content-length"];
    response.writeHead(status, headers);
    return response.end(shown);
  }

  #altered(page) {
    const { key, passkey } = this;
    const asked = passkey && JSON.stringify(passkey).replace(/"/g, "&quot;");
    const told = key === undefined ? page : page.replace(/ data-key="[^"]*"/, ` data-key="${key}"`);
    return asked ? told.replace(/ data-passkey="[^"]*"/, ` data-passkey="${asked}"`) : told;
  }

  #ofGateway({ method, url, headers }) {
    const { host } = new URL(this.gateway.origin);
    const how = { method, headers: { ...headers, host, "accept-encoding": "identity" } };
    return new Promise((give, fail) => {
      const asking = send(new URL(url, this.gateway.origin), how, async (answer) => {
        const parts = [];
        for await (const chunk of answer) parts.push(chunk);
        give({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(parts) });
      });
      asking.on("error", fail);
      asking.end();
    });
  }

  async #answer(path, body) {
    const refusal = this.refusals.get(path);
    this.refusals.delete(path);
    if (refusal) return { problem: refusal };
    if (path === "challenge") {
      this.challenge = randomBytes(24).toString("base64url");
      return { challenge: this.challenge };
    }
    if (path === "pair") return this.#pair(body);
    const phone = this.phones.get(body.phone);
    if (!phone) return { problem: "gone" };
    if (path === "requests") return this.#told(body, phone);
    if (path === "answer") return this.#answered(body, phone);
    return { problem: "bad-request" };
  }

  async #pair({ code, key, name, push, signature }) {
    const account = this.codes.get(code);
    if (!account) return { problem: "expired" };
    const text = ["vestibule-pair-1", this.origin, code, key];
    if (!(await isSigned(key, signature, text))) return { problem: "bad-request" };
    this.codes.delete(code);
    const phone = randomBytes(16).toString("hex");
    this.phones.set(phone, { account, key, name, push });
    return { phone, portal: PORTAL, account };
  }

  async #told({ phone, challenge, signature, push }, { account, key }) {
    const text = ["vestibule-requests-1", this.origin, phone, challenge, ...(push ? [push.endpoint] : [])];
    if (challenge !== this.challenge) return { problem: "again" };
    if (!(await isSigned(key, signature, text))) return { problem: "bad-request" };
    if (push) this.phones.get(phone).push = push;
    const { request } = this.#requests.get(account) ?? {};
    const open = request && request.expires > Date.now();
    const asked = open && !this.connectAgain ? { ...request, now: Date.now() } : null;
    return { account, portal: PORTAL, request: asked, connect_again: this.connectAgain };
  }

  async #answered({ phone, request: id, answer, number, signature }, { account, key }) {
    const open = this.#requests.get(account);
    if (open?.request.id !== id) return { problem: "expired" };
    const { nonce, expires } = open.request;
    const about = [PORTAL, account, phone, id, nonce, expires, number, answer];
    const text = ["vestibule-approval-1", this.origin, ...about];
    if (!(await isSigned(key, signature, text))) return { problem: "bad-request" };
    this.#requests.delete(account);
    if (answer === "no") return { outcome: "refused" };
    return number === open.number ? { outcome: "approved" } : { problem: "wrong-number" };
  }
}

async function isSigned(key, signature, lines) {
  const { subtle } = webcrypto;
  const known = await subtle.importKey("raw", Buffer.from(key, "base64url"), P256, false, ["verify"]);
  return subtle.verify(HOW, known, Buffer.from(signature, "base64url"), Buffer.from(lines.join("\n")));
}
