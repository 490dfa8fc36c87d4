// Debian's Chromium, and what is looked for on every page.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

import { chromium } from "playwright-core";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** The sizes and colours every screen is looked at in. */
export const LOOKS = [
  { width: 320, height: 640, colorScheme: "light" },
  { width: 320, height: 640, colorScheme: "dark" },
  { width: 1280, height: 800, colorScheme: "light" },
  { width: 1280, height: 800, colorScheme: "dark" },
];

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export function launch() {
  return chromium.launch({ executablePath: "/usr/bin/chromium", headless: true, args: FLAGS });
}

/** Somebody's browser: a fresh profile that speaks their language, watched for what must not happen. */
export async function openProfile(browser, origin, { language = "en", look = LOOKS[2], ...options } = {}) {
  const { width, height, colorScheme } = look;
  const profile = await browser.newContext({
    locale: language,
    viewport: { width, height },
    colorScheme,
    reducedMotion: "reduce",
    ...options,
  });
  profile.setDefaultTimeout(30_000);
  profile.watch = new Watch(profile, origin);
  return profile;
}

/** Takes down every request to elsewhere, every error in the console and every fault of a script. */
class Watch {
  faults = [];
  #refused = new Set();

  constructor(profile, origin) {
    profile.on("request", (request) => {
      const url = new URL(request.url());
      if (url.origin !== origin && !["about:", "data:", "blob:"].includes(url.protocol)) {
        this.faults.push(`a request to ${url.href}`);
      }
    });
    profile.on("response", (response) => {
      // The browser writes an error for each page that came with a 4xx status, as a form with a mistake
      // in it does.
      if (response.request().isNavigationRequest()) this.#refused.add(`${response.status()} ${response.url()}`);
    });
    profile.on("console", (message) => {
      if (!["error", "warning"].includes(message.type())) return;
      const [, status] = /^Failed to load resource: .* status of (4\d\d)/.exec(message.text()) ?? [];
      if (status && this.#refused.has(`${status} ${message.location().url}`)) return;
      this.faults.push(`in the console: ${message.text()} (${message.location().url})`);
    });
    profile.on("weberror", (error) => this.faults.push(`a script failed: ${error.error()}`));
  }
}

/** Changes size and colours of a page that is open. */
export async function wear(page, { width, height, colorScheme }) {
  await page.setViewportSize({ width, height });
  await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
  await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
}

/** What is wrong with a page as it is shown now, for people who see, hear or feel it. */
export async function inspect(page) {
  const loaded = await page.evaluate(() => typeof globalThis.axe === "object");
  if (!loaded) await page.evaluate(AXE);
  const found = await page.evaluate(async (levels) => {
    const { violations } = await globalThis.axe.run(document, {
      runOnly: levels,
      resultTypes: ["violations"],
      preload: false,
    });
    const page = document.documentElement;
    const wide = page.scrollWidth > page.clientWidth ? [`${page.scrollWidth} px wide`] : [];
    return wide.concat(violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map((n) => n.html).join(" ")}`));
  }, LEVELS);
  const { width } = page.viewportSize();
  const dark = await page.evaluate(() => matchMedia("(prefers-color-scheme: dark)").matches);
  const where = `${new URL(page.url()).pathname} at ${width} px, ${dark ? "dark" : "light"}`;
  return found.map((fault) => `${where}: ${fault}`);
}
