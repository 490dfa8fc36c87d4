// The icon as an app on the home screen needs it, from pages/icon.svg: with its round corners in two
// sizes, and without for systems that cut out a shape of their own.

import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { launch } from "./support/browser.mjs";
import { ROOT } from "./support/gateway.mjs";
import { indexed, pixelsOf } from "./support/png.mjs";

const GROUND = [0x0b, 0x5d, 0x66];
/** From the ground's colour to white, and from nothing to the ground, for soft edges. */
const PALETTE = [
  ...[0, 1, 2, 3, 4, 5, 6, 7, 8].map((at) => [...GROUND.map((part) => Math.round(part + ((255 - part) * at) / 8)), 255]),
  ...[0, 1, 2, 3, 4, 5, 6].map((at) => [...GROUND, Math.round((255 * at) / 7)]),
];

const svg = await readFile(join(ROOT, "pages/icon.svg"), "utf8");
/** The icon without its corners, its drawing smaller and in the middle, far from what a shape cuts off. */
const uncut = [
  ['viewBox="0 0 36 36"', 'viewBox="-2.5 -4.25 41 41"'],
  ['<rect width="36" height="36" rx="9"', '<rect x="-9" y="-9" width="54" height="54"'],
].reduce((text, [from, to]) => {
  assert.ok(text.includes(from), `pages/icon.svg has ${from}`);
  return text.replace(from, to);
}, svg);

const browser = await launch();
try {
  for (const [name, source, size] of [
    ["icon-192.png", svg, 192],
    ["icon-512.png", svg, 512],
    ["icon-maskable-512.png", uncut, 512],
  ]) {
    const page = await browser.newPage({ viewport: { width: size, height: size } });
    const style = "<style>* { margin: 0 } svg { display: block; width: 100vw; height: 100vh }</style>";
    await page.setContent(`<!doctype html>${style}${source}`);
    const shot = await page.screenshot({ omitBackground: true });
    const bytes = indexed(await pixelsOf(browser, shot), PALETTE);
    await writeFile(join(ROOT, "pages", name), bytes);
    console.log(`pages/${name} ${bytes.length}`);
    await page.close();
  }
} finally {
  await browser.close();
}
