// The texts of the screens, from the files the program is built with.

import { readFileSync } from "node:fs";
import { join } from "node:path";

import { ROOT } from "./gateway.mjs";

export const LANGUAGES = ["fr", "nl", "de", "en"];

/** All texts of one language that fit on one line, by their keys. */
export function wordsOf(language) {
  const file = readFileSync(join(ROOT, "pages/text", `${language}.ftl`), "utf8");
  const lines = file.matchAll(/^([a-z0-9-]+) = (.*)$/gm);
  return Object.fromEntries([...lines].map(([, key, text]) => [key, text]));
}
