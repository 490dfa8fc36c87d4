// The pictures of the guide: the card of each screen of the first connection, in each language, as
// pages/guide/LANGUAGE/SCREEN.png. Eight colours in four bits: the screens are drawn in few, and the
// pictures are part of the program. Chromium reads its own screenshots, so nothing more is needed.

import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { readPicture } from "./support/authenticator.mjs";
import { launch, openProfile } from "./support/browser.mjs";
import { Gateway, ROOT } from "./support/gateway.mjs";
import { indexed, pixelsOf } from "./support/png.mjs";
import { Mouse, firstConnection } from "./support/walk.mjs";
import { LANGUAGES } from "./support/words.mjs";

/** The colours of the light look without a colour of the operator's, and two between them for soft edges. */
const PALETTE = ["f6f8f8", "ffffff", "17252a", "4b5d63", "a9b3b6", "d5dde0", "0b5d66", "9cc4c6"].map((hex) => [
  ...[0, 2, 4].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)),
  255,
]);
const WIDTH = 480;
const MARGIN = 20;

/** The start page is no step of the guide; it says how to come to it. */
const NOT_SHOWN = "home";

const STYLE = `
  :focus-visible { outline: none !important }
  * { caret-color: transparent !important; animation: none !important; transition: none !important }
  .main { padding: 24px !important; place-items: start center !important }`;
// A picture in a guide that can be scanned will be scanned: what is shown on this screen is covered so
// far that no camera reads it.
const COVER = `
  .plate { position: relative }
  .plate::after { content: ""; position: absolute; inset: 30%; background: #fff; border-radius: 10px;
    border: 6px solid #d5dde0 }`;

const browser = await launch();
const gateway = await Gateway.start();
try {
  for (const [at, language] of LANGUAGES.entries()) {
    const folder = join(ROOT, "pages/guide", language);
    await mkdir(folder, { recursive: true });
    // The name that is typed on the picture is the same in each language.
    const person = await gateway.addPerson({ name: "jdupont", language });
    const look = { width: WIDTH, height: 900, colorScheme: "light" };
    const profile = await openProfile(browser, gateway.origin, { language, look });
    const page = await profile.newPage();
    await firstConnection(new Mouse(page), person, {
      look: async (screen) => {
        if (screen === NOT_SHOWN) return;
        if (screen === "sign_in") await page.locator("#name").fill(person.name);
        const file = join(folder, `${screen}.png`);
        const bytes = await photograph(page, screen);
        await writeFile(file, bytes);
        console.log(`${file.slice(ROOT.length)} ${bytes.length}`);
      },
    });
    await profile.close();
    if (at < LANGUAGES.length - 1) await gateway.command("user", "delete", person.name);
  }
} finally {
  await browser.close();
  await gateway.end();
}

/** The card as it is shown, without what belongs to the moment: focus, caret. */
async function photograph(page, screen) {
  // A style sheet made by a script passes the page's content policy.
  const dress = (style) =>
    page.evaluate((style) => {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(style);
      document.adoptedStyleSheets = [sheet];
    }, style);
  await dress(screen === "scan" ? STYLE + COVER : STYLE);
  const { y, height } = await page.locator(".card").boundingBox();
  const top = Math.max(0, Math.floor(y - MARGIN));
  const clip = { x: 0, y: top, width: WIDTH, height: Math.ceil(y + height + MARGIN) - top };
  const shot = await page.screenshot({ fullPage: true, clip });
  if (screen === "scan") await assert.rejects(readPicture(page.locator(".plate")), "the cover covers");
  await dress("");
  return indexed(await pixelsOf(browser, shot), PALETTE);
}
