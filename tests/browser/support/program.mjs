// Programs that a test file needs beside it. Each ends when the file's process does, however that ends.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

/** How long a start, or anything else that is waited for, may take on a busy machine. */
export const PATIENCE = 60_000;

/** Gives what `promise` gives, or fails with a sentence that says what did not come. */
export async function patiently(promise, what, patience = PATIENCE) {
  let timer;
  const late = new Promise((_, fail) => {
    timer = setTimeout(() => fail(new Error(`${what()} (waited ${patience} ms)`)), patience);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** A program that prints one JSON object a line. */
export class Program {
  #child;
  #watcher;
  #log = [];
  #told = [];
  #waiting = new Set();

  constructor(command, args, options = {}) {
    this.name = command;
    this.#child = spawn(command, args, { stdio: ["pipe", "pipe", "pipe"], ...options });
    this.#child.on("error", (error) => this.#log.push(String(error)));
    // A watcher waits on a pipe that closes with us: a killed test leaves nothing behind.
    this.#watcher = spawn("sh", ["-c", 'read -r _; kill -9 "$1"', "watcher", String(this.#child.pid)], {
      stdio: ["pipe", "ignore", "ignore"],
    });
    createInterface({ input: this.#child.stderr }).on("line", (line) => this.#log.push(line));
    createInterface({ input: this.#child.stdout }).on("line", (line) => {
      this.#told.push(JSON.parse(line));
      this.#wake();
    });
    this.ended = once(this.#child, "close").then(() => {
      this.gone = true;
      this.#wake();
    });
  }

  #wake() {
    for (const look of this.#waiting) look();
  }

  /** What it wrote to its error output. */
  get log() {
    return this.#log.join("\n");
  }

  /** The first thing it told, or tells, that `wanted` says yes to. */
  event(wanted) {
    let look;
    const found = new Promise((give, fail) => {
      look = () => {
        const event = this.#told.find(wanted);
        if (event) give(event);
        else if (this.gone) fail(new Error(`${this.name} ended: ${this.log}`));
      };
      this.#waiting.add(look);
      look();
    });
    const what = () => `${this.name} did not tell what was waited for: ${this.log}`;
    return patiently(found, what).finally(() => this.#waiting.delete(look));
  }

  /** Ends it and waits until it has. */
  async end() {
    this.#watcher.kill();
    this.#child.kill("SIGKILL");
    await this.ended;
  }
}

/** Runs a program to its end and gives what it printed. */
export async function run(command, args, input = "") {
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "pipe"] });
  const out = [];
  const log = [];
  child.stdout.on("data", (data) => out.push(data));
  child.stderr.on("data", (data) => log.push(data));
  // A program that reads no input may be gone before it is written.
  child.stdin.on("error", () => {});
  child.stdin.end(input);
  const [code] = await patiently(once(child, "close"), () => `${command} does not end`);
  if (code !== 0) throw new Error(`${command} ended with ${code}: ${Buffer.concat(log)}`);
  return Buffer.concat(out).toString();
}
