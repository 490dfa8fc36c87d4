// The phone that confirms sign-ins. The page holds all states as sections; this shows one of them at a
// time: connecting, waiting, a request, and what became of it.

import { carried, fold, grouped, isCode } from "./phone_code.js";
import { Unable, drop, isAble, make, use } from "./phone_passkey.js";
import { PATIENCE, Refused, answer, connected, decode, encode, forget, pair, requests } from "./phone_portal.js";

const SCOPE = "/.vestibule/phone";
const QUICK = 3_000;
const SLOW = 15_000;
const QUICK_FOR = 120_000;
const PAUSE = 30_000;
const NAME_MAX = 40;
// How long ago, and how much longer: as coarse as the sentences for it.
const MINUTE_AGO = 45_000;
const TWO_MINUTES_AGO = 105_000;
const TWO_MINUTES_LEFT = 90_000;
const MINUTE_LEFT = 30_000;

const part = (id) => document.getElementById(id);
const app = part("app");

// ---- One state at a time ----

const place = document.title.split(" · ").pop();
let shown = "";

const show = (id) => {
  clearComplaint();
  const first = shown === "";
  shown = id;
  for (const section of app.querySelectorAll("section")) section.hidden = section.id !== id;
  const heading = part(id).querySelector("h1");
  document.title = `${heading.textContent} · ${place}`;
  // A page that was just opened is read from its beginning.
  if (!first) heading.focus();
};

const clearComplaint = () => {
  part("problem").hidden = true;
  for (const field of app.querySelectorAll("[aria-invalid]")) {
    field.removeAttribute("aria-invalid");
    field.setAttribute("aria-describedby", `${field.id}-hint`);
  }
};

/** Says what went wrong; `about` is the field to mend. */
const complain = (problem, about) => {
  clearComplaint();
  const text = part("problem-text");
  const key = problem.replace(/-./g, ([, letter]) => letter.toUpperCase());
  text.textContent = text.dataset[key] ?? text.dataset.fault;
  part(shown).querySelector("h1").after(part("problem"));
  part("problem").hidden = false;
  if (!about) return;
  about.setAttribute("aria-invalid", "true");
  about.setAttribute("aria-describedby", `problem-text ${about.id}-hint`);
  about.focus();
};

const onPress = (what, act) =>
  what.addEventListener(what.matches("form") ? "submit" : "click", async (event) => {
    event.preventDefault();
    try {
      await act();
    } catch (error) {
      if (error instanceof Refused) complain(error.problem);
      else show("cannot");
    }
  });

/** An act that is not begun again, nor beside another such, before it is over. */
let acting = false;
const alone = (act) => async () => {
  if (acting) return;
  acting = true;
  try {
    await act();
  } finally {
    acting = false;
  }
};

// ---- Ringing ----

const serverKey = app.dataset.key;
const canRing = serverKey !== "" && "PushManager" in window && "Notification" in window;
const mayAskToRing = () => canRing && Notification.permission === "default";
/** Where this phone can be rung; null where it cannot, undefined before that is known. */
let ringing;
/** The address that was told in this visit, by phone. */
const informed = new Map();

const within = (promise) =>
  Promise.race([promise, new Promise((_, fail) => setTimeout(() => fail(new Error("late")), PATIENCE))]);

const register = () => {
  const how = { scope: SCOPE, updateViaCache: "none" };
  // Without it the phone does not ring, and all else works.
  navigator.serviceWorker?.register(`${SCOPE}/worker.js`, how).catch(() => {});
};

const subscribe = async () => {
  const { pushManager } = await within(navigator.serviceWorker.ready);
  let found = await pushManager.getSubscription();
  if (found && encode(found.options.applicationServerKey ?? []) !== serverKey) {
    await found.unsubscribe();
    found = null;
  }
  const how = { userVisibleOnly: true, applicationServerKey: decode(serverKey) };
  found ??= await within(pushManager.subscribe(how));
  const [p256dh, auth] = ["p256dh", "auth"].map((name) => encode(found.getKey(name)));
  return { endpoint: found.endpoint, p256dh, auth };
};

const prepareRinging = async () => {
  const before = ringing?.endpoint;
  const may = canRing && Notification.permission === "granted";
  ringing = may ? await subscribe().catch(() => null) : null;
  drawRinging();
  if (ringing && ringing.endpoint !== before) poll();
};

const drawRinging = () => {
  let state = "never";
  if (mayAskToRing()) state = "off";
  else if (canRing && Notification.permission === "denied") state = "blocked";
  else if (canRing && ringing !== null) state = ringing ? "on" : "";
  for (const one of ["on", "off", "blocked", "never"]) part(`ring-${one}`).hidden = one !== state;
  part("ring-now").hidden = state !== "off";
};

// ---- Connecting ----

const { userAgent } = navigator;
// An iPad calls itself a Mac, which has no screen to touch.
const isApple = /iPhone|iPad|iPod/.test(userAgent) || (/Macintosh/.test(userAgent) && navigator.maxTouchPoints > 1);
const isInstalled = () => navigator.standalone === true || matchMedia("(display-mode: standalone)").matches;
// There an installed page has a store of its own, and what is kept elsewhere is soon thrown away.
const mustInstall = () => isApple && !isInstalled();

const codeField = part("code");
const nameField = part("name");
const guessName = () => {
  const known = /iPhone|iPad|Pixel|Fairphone|Xiaomi|Samsung/i.exec(userAgent)?.[0];
  if (known || isApple) return known ?? "iPad";
  return /Android/.test(userAgent) ? nameField.dataset.android : nameField.dataset.other;
};

const showConnect = async () => {
  part("typed").hidden = carried.code !== "";
  codeField.value = "";
  nameField.value = guessName();
  part("not-now").hidden = (await connected()).length === 0;
  show("connect");
};

const showInstall = () => {
  part("carried").hidden = carried.code === "";
  if (carried.code) part("carried").querySelector("code").textContent = grouped(carried.code);
  show("install");
};

/** What the browser is asked where a yes needs a passkey. */
const passkey = app.dataset.passkey ? JSON.parse(app.dataset.passkey) : null;

let joining;
const join = async () => {
  let made;
  const prove = passkey && (async (key, text) => (made = await make(passkey, part("key").dataset.called, key, text)));
  try {
    await pair(joining.code, joining.name, prove);
  } catch (error) {
    if (made) drop(made.id);
    if (error instanceof Unable) return show("keyless");
    if (!(error instanceof Refused)) throw error;
    if (error.problem === "not-confirmed") return unconfirmed(error);
    show("connect");
    if (!["again", "gone", "expired", "bad-request"].includes(error.problem)) throw error;
    carried.keep(null);
    part("typed").hidden = false;
    return complain("code-over", codeField);
  }
  carried.keep(null);
  navigator.storage?.persist?.().catch(() => {});
  await showHome();
};
/** The phone's owner did not show; or the page is older than the portal's wish that they do. */
const unconfirmed = (error) => {
  if (!passkey) return location.reload();
  throw error;
};
const secure = async () => {
  if (!passkey) return join();
  show((await isAble()) ? "key" : "keyless");
};
const allowRinging = async () => {
  register();
  await Notification.requestPermission();
};

const check = () => {
  const code = carried.code || fold(codeField.value);
  if (!isCode(code)) {
    part("typed").hidden = false;
    return complain(code === "" ? "code-missing" : "code-shape", codeField);
  }
  const name = [...nameField.value.replace(/\p{C}/gu, "").trim()].slice(0, NAME_MAX).join("");
  joining = { code, name: name || guessName() };
  return mayAskToRing() ? show("ring") : secure();
};
onPress(part("connect").querySelector("form"), alone(check));
onPress(part("ring-yes"), async () => {
  await allowRinging();
  // Not if the other button was pressed while the browser asked.
  if (shown === "ring") await alone(secure)();
});
onPress(part("ring-no"), alone(secure));
onPress(part("key-yes"), alone(join));
onPress(part("key-no"), () => show("keyless"));
onPress(part("key-again"), () => showConnect());
onPress(part("not-now"), () => {
  carried.keep(null);
  return showHome();
});

// ---- Waiting ----

const showHome = async () => {
  const accounts = await connected();
  if (accounts.length === 0) return mustInstall() ? showInstall() : showConnect();
  const line = part("account").content.firstElementChild;
  const lines = [...new Set(accounts.map(({ account }) => account))].map((name) => {
    const item = line.cloneNode(true);
    item.querySelector("bdi").textContent = name;
    return item;
  });
  part("accounts").replaceChildren(...lines);
  part("looked").textContent = "";
  register();
  drawRinging();
  show("waiting");
  wake();
};

let timer, looking;
let quickUntil = 0;
let pausedUntil = 0;

const poll = () => {
  clearTimeout(timer);
  if (document.hidden) return;
  looking ??= look().finally(() => {
    looking = undefined;
    clearTimeout(timer);
    const usual = Date.now() < quickUntil ? QUICK : SLOW;
    timer = setTimeout(poll, Math.max(usual, pausedUntil - Date.now()));
  });
  return looking;
};

const wake = () => {
  quickUntil = Date.now() + QUICK_FOR;
  prepareRinging();
  poll();
};

const ask = async (by) => {
  const push = ringing && informed.get(by.phone) !== ringing.endpoint ? ringing : undefined;
  try {
    const told = await requests(by, push);
    if (push) informed.set(by.phone, push.endpoint);
    return { ...told, by };
  } catch ({ problem = "fault" }) {
    if (["slow-down", "too-many"].includes(problem)) pausedUntil = Date.now() + PAUSE;
    return { by, problem };
  }
};

const look = async () => {
  const answers = await Promise.all((await connected().catch(() => [])).map(ask));
  const failed = answers.some(({ problem }) => problem && problem !== "gone");
  say(part("looked"), failed ? part("looked").dataset.offline : "");

  const open = answers.filter(({ request }) => request && !dealt.has(request.id));
  open.sort((one, other) => one.request.asked - other.request.asked);
  if (isAsking()) {
    const mine = answers.find(({ by }) => by.phone === current.by.phone);
    const unknown = !mine || (mine.problem && mine.problem !== "gone");
    if (acting || unknown || mine.request?.id === current.request.id) return;
    return open.length > 0 ? showRequest(open[0]) : show("over");
  }
  if (["install", "connect", "ring", "key", "keyless"].includes(shown)) return;
  if (open.length > 0) return showRequest(open[0]);
  const gone = answers.find(({ problem }) => problem === "gone");
  if (gone && shown === "waiting") return showGone(gone.by, answers);
  const weak = answers.find(({ connect_again }) => connect_again);
  if (weak && shown === "waiting") return showAgain(weak.by, answers);
};

/** Whether the same account was connected a second time, and that works. */
const worksBy = (account, answers) => answers.some((one) => one.account === account && !one.connect_again);
const showGone = ({ account, phone }, answers) => {
  if (worksBy(account, answers)) return forget(phone);
  part("gone-account").textContent = account;
  part("forget").value = phone;
  show("gone");
};

const showAgain = ({ account, phone }, answers = []) => {
  // The page is older than the portal's wish, and cannot fulfil it.
  if (!passkey) return location.reload();
  if (worksBy(account, answers)) return forget(phone);
  part("again-account").textContent = account;
  show("again");
};

onPress(part("look"), async () => {
  await poll();
  const line = part("looked");
  if (shown === "waiting" && line.textContent === "") say(line, line.dataset.nothing);
});
onPress(part("ring-now"), () => allowRinging().then(prepareRinging));
onPress(part("add"), showConnect);
onPress(part("again-yes"), showConnect);
onPress(part("forget"), async () => {
  await forget(part("forget").value);
  await showHome();
});
for (const button of app.querySelectorAll(".close")) onPress(button, showHome);

// ---- A request ----

/** The request that is asked about: {by, account, portal, request, since, ends}, by this phone's clock. */
let current;
/** Requests that were dealt with here. */
const dealt = new Set();
let clock;
const isAsking = () => shown === "request" || shown === "stop";

const say = (line, text) => {
  if (line.textContent !== text) line.textContent = text;
};

const showRequest = async (asked) => {
  const { account, portal, request } = asked;
  const ahead = Date.now() - request.now;
  current = { ...asked, since: request.asked + ahead, ends: request.expires + ahead };
  part("later").hidden = request.setting_up;
  part("first").hidden = !request.setting_up;
  part("asked-portal").textContent = portal;
  part("asked-account").textContent = account;
  part("asked-browser").textContent = request.browser;
  part("asked-address").textContent = request.address;
  // Behind a proxy it is not known; then nothing is said of it.
  part("asked-place").hidden = !request.address && !request.same_network;
  part("same-place").hidden = !request.same_network;
  part("other-place").hidden = request.same_network;
  part("number").value = "";
  clearInterval(clock);
  clock = setInterval(tick, 1_000);
  show("request");
  tick();
  const registration = await navigator.serviceWorker?.getRegistration(SCOPE);
  const notes = await registration?.getNotifications?.();
  for (const note of notes ?? []) note.close();
};

const tick = () => {
  if (!isAsking()) return clearInterval(clock);
  const now = Date.now();
  if (now >= current.ends && !acting) return show("over");
  const [age, left] = [now - current.since, current.ends - now];
  const [time, rest] = [part("asked-time"), part("left")];
  say(time, time.dataset[age < MINUTE_AGO ? "now" : age < TWO_MINUTES_AGO ? "one" : "two"]);
  say(rest, rest.dataset[left > TWO_MINUTES_LEFT ? "two" : left > MINUTE_LEFT ? "one" : "half"]);
};

const give = async (word, number) => {
  const { id } = current.request;
  try {
    const outcome = await answer(current, word, number, passkey && use);
    dealt.add(id);
    show(outcome === "approved" ? "approved" : "refused");
  } catch (error) {
    if (error.problem === "too-many") throw new Refused("slow-down");
    if (error.problem === "not-confirmed") return unconfirmed(error);
    if (error.problem === "connect-again") return showAgain(current.by);
    if (!["wrong-number", "expired", "gone"].includes(error.problem)) throw error;
    dealt.add(id);
    show(error.problem === "wrong-number" ? "wrong" : "over");
  }
  part("number").value = "";
  // What comes next is not far.
  wake();
};

const confirm = () => {
  const field = part("number");
  const number = field.value.replace(/\s/g, "");
  if (number === "") return complain("number-missing", field);
  if (!/^\d+$/.test(number) || number.length !== current.request.digits) return complain("number-shape", field);
  return give("yes", number);
};
onPress(part("request").querySelector("form"), alone(confirm));
onPress(part("stop-yes"), alone(() => give("no", "")));
onPress(part("no"), () => show("stop"));
onPress(part("stop-no"), () => show("request"));

// ---- The beginning ----

const start = async () => {
  carried.take();
  app.hidden = false;
  if (!window.isSecureContext || !window.crypto?.subtle || !window.indexedDB) return show("cannot");
  try {
    const join = carried.code !== "" && (!mustInstall() || (await connected()).length > 0);
    await (join ? showConnect() : showHome());
  } catch {
    show("cannot");
  }
};

addEventListener("hashchange", start);
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) wake();
});
navigator.serviceWorker?.addEventListener("message", ({ data }) => {
  if (data === "asked") wake();
  if (data === "changed") prepareRinging();
});
start();
