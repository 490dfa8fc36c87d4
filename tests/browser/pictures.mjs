// The pictures of the guide: the card of each screen of the first connection, in each language, as
// pages/guide/LANGUAGE/SCREEN.png. Eight colours in four bits: the screens are drawn in few, and the
// pictures are part of the program. Chromium reads its own screenshots, so nothing more is needed.

import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { deflateSync } from "node:zlib";

import { readPicture } from "./support/authenticator.mjs";
import { launch, openProfile } from "./support/browser.mjs";
import { Gateway, ROOT } from "./support/gateway.mjs";
import { Mouse, firstConnection } from "./support/walk.mjs";
import { LANGUAGES } from "./support/words.mjs";

/** The colours of the light look without a colour of the operator's, and two between them for soft edges. */
const PALETTE = ["f6f8f8", "ffffff", "17252a", "4b5d63", "a9b3b6", "d5dde0", "0b5d66", "9cc4c6"].map((hex) =>
  [0, 2, 4].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)),
);
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
  return indexed(await pixelsOf(shot));
}

/** The pixels of a PNG file, read by the browser that made it. */
async function pixelsOf(file) {
  const page = await browser.newPage();
  const { width, height, base64 } = await page.evaluate(async (source) => {
    const picture = await createImageBitmap(await (await fetch(source)).blob());
    const canvas = new OffscreenCanvas(picture.width, picture.height);
    const context = canvas.getContext("2d");
    context.drawImage(picture, 0, 0);
    const { data } = context.getImageData(0, 0, picture.width, picture.height);
    let binary = "";
    for (let at = 0; at < data.length; at += 0x8000) {
      binary += String.fromCharCode(...data.subarray(at, at + 0x8000));
    }
    return { width: picture.width, height: picture.height, base64: btoa(binary) };
  }, `data:image/png;base64,${file.toString("base64")}`);
  await page.close();
  return { width, height, data: Buffer.from(base64, "base64") };
}

/** A PNG file of the palette's colours: four bits a pixel, nothing transparent, not interlaced. */
function indexed({ width, height, data }) {
  assert.equal(data.length, 4 * width * height);
  const known = new Map();
  const nearest = (at) => {
    const colour = data.readUIntBE(at, 3);
    if (!known.has(colour)) {
      const far = ([r, g, b]) => (r - data[at]) ** 2 + (g - data[at + 1]) ** 2 + (b - data[at + 2]) ** 2;
      const order = PALETTE.map((entry, index) => [far(entry), index]).sort(([one], [other]) => one - other);
      known.set(colour, order[0][1]);
    }
    return known.get(colour);
  };
  // Each line begins with its filter: 0, none, packs best where neighbours are equal.
  const stride = 1 + Math.ceil(width / 2);
  const lines = Buffer.alloc(stride * height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const index = nearest(4 * (y * width + x));
      lines[y * stride + 1 + (x >> 1)] |= x % 2 === 0 ? index << 4 : index;
    }
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([4, 3, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from("\x89PNG\r\n\x1a\n", "latin1"),
    chunk("IHDR", head),
    chunk("PLTE", Buffer.from(PALETTE.flat())),
    chunk("IDAT", deflateSync(lines, { level: 9, memLevel: 9 })),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function chunk(kind, data) {
  const body = Buffer.concat([Buffer.from(kind, "latin1"), data]);
  const whole = Buffer.alloc(body.length + 8);
  whole.writeUInt32BE(data.length, 0);
  body.copy(whole, 4);
  whole.writeUInt32BE(checksum(body), body.length + 4);
  return whole;
}

/** CRC-32 as PNG has it (ISO 3309). */
function checksum(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}
