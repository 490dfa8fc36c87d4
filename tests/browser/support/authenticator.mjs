// The app on the phone: reads the picture with zbarimg, and makes numbers with oathtool. Both are other
// people's programs, so they show what other people's apps see.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { run } from "./program.mjs";

const STEP = 30;

/** What a picture on the page says to a camera. */
export async function readPicture(locator) {
  const folder = await mkdtemp(join(tmpdir(), "picture-"));
  try {
    const path = join(folder, "picture.png");
    await locator.screenshot({ path });
    return (await run("zbarimg", ["--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", path])).trimEnd();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const step = () => Math.floor(Date.now() / 1000 / STEP);

export class Authenticator {
  #last = 0;

  constructor(secret) {
    this.secret = secret.replace(/\s/g, "");
  }

  /** The entry that a link, or the picture of one, makes in the app. */
  static fromLink(link) {
    const url = new URL(link);
    const entry = new Authenticator(url.searchParams.get("secret"));
    entry.label = decodeURIComponent(url.pathname.split("/").pop());
    entry.issuer = url.searchParams.get("issuer");
    entry.kind = [url.protocol, url.host || url.pathname.split("/")[2]].join("//");
    return entry;
  }

  async #codes(first, more = 0) {
    const at = `--now=@${first * STEP}`;
    const out = await run("oathtool", ["--totp", "--base32", at, `--window=${more}`, "-"], this.secret);
    return out.trim().split("\n");
  }

  /** A number that was not used before: the one of now, or else the next, once the clock comes near it. */
  async code() {
    const wanted = Math.max(step(), this.#last + 1);
    while (step() < wanted - 1) {
      const left = (wanted - 1) * STEP * 1000 - Date.now();
      await new Promise((wake) => setTimeout(wake, Math.max(left, 1)));
    }
    this.#last = wanted;
    const [code] = await this.#codes(wanted);
    return code;
  }

  /** A number that this app shows neither now nor within two hours. */
  async wrongCode() {
    const shown = new Set(await this.#codes(step() - 240, 480));
    for (let number = 123_456; ; number += 1) {
      if (!shown.has(String(number))) return String(number);
    }
  }
}
