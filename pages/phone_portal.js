// What a connected phone keeps, and what it says to the portal. Each account has a key of its own, which
// never leaves this browser: every call is signed with it, over the address that the page itself came
// from, so that an answer given on another page is worth nothing.

const SCOPE = "/.vestibule/phone";
const CHALLENGE_KEPT = 60_000;
/** How long an answer of somebody else is waited for. */
export const PATIENCE = 15_000;

/** Bytes as base64url without padding. */
export const encode = (bytes) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes)))
    .replace(/\+/g, "-")
    .replace(/\//g, "_")
    .replace(/=+$/, "");
/** And back. */
export const decode = (text) =>
  Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));

// ---- What is kept: for each account {phone, account, portal, privateKey}, and its passkey's id if it has one ----

// Holds a new key until the portal has accepted it, which shows in time whether keys can be kept.
const PENDING = "pending";

// Opened anew each time: a phone that slept may have cut the connection.
const inStore = async (mode, act) => {
  const store = await new Promise((give, fail) => {
    const opening = indexedDB.open("vestibule-phone", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("accounts", { keyPath: "phone" });
    opening.onsuccess = () => give(opening.result);
    opening.onerror = () => fail(opening.error);
  });
  try {
    const transaction = store.transaction("accounts", mode);
    const request = act(transaction.objectStore("accounts"));
    await new Promise((done, fail) => {
      transaction.oncomplete = done;
      transaction.onabort = () => fail(transaction.error);
    });
    return request.result;
  } finally {
    store.close();
  }
};
const keep = (record) => inStore("readwrite", (store) => store.put(record));

/** The accounts that this phone is connected with. */
export const connected = async () =>
  (await inStore("readonly", (store) => store.getAll())).filter(({ phone }) => phone !== PENDING);
/** Throws one away, with its key. */
export const forget = (phone) => inStore("readwrite", (store) => store.delete(phone));

// ---- What is said ----

/** The portal's no, or none at all: `problem` is its word for it, or `offline`, or `fault`. */
export class Refused extends Error {
  constructor(problem) {
    super(problem);
    this.problem = problem;
  }
}

const post = async (path, body) => {
  let answer, told;
  try {
    answer = await fetch(`${SCOPE}/${path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
      cache: "no-store",
      redirect: "error",
      signal: AbortSignal.timeout?.(PATIENCE),
    });
    told = await answer.json();
  } catch {
    throw new Refused(answer ? "fault" : "offline");
  }
  if (!answer.ok) throw new Refused(told.problem ?? "fault");
  return told;
};

const sign = async (key, ...lines) => {
  const how = { name: "ECDSA", hash: "SHA-256" };
  return encode(await crypto.subtle.sign(how, key, new TextEncoder().encode(lines.join("\n"))));
};

let challenge;
const freshChallenge = async () => {
  if (!challenge || Date.now() - challenge.since > CHALLENGE_KEPT) {
    challenge = { text: (await post("challenge", {})).challenge, since: Date.now() };
  }
  return challenge.text;
};

/** Connects this browser, with a key made for it; `prove`, where given, makes a passkey. Throws `Refused`, or what the store says. */
export const pair = async (code, name, prove) => {
  const kind = { name: "ECDSA", namedCurve: "P-256" };
  const { publicKey, privateKey } = await crypto.subtle.generateKey(kind, false, ["sign"]);
  await keep({ phone: PENDING, privateKey });
  try {
    const bytes = await crypto.subtle.exportKey("raw", publicKey);
    const key = encode(bytes);
    const lines = ["vestibule-pair-1", location.origin, code, key];
    const signature = await sign(privateKey, ...lines);
    const passkey = (await prove?.(bytes, lines.join("\n"))) ?? undefined;
    const { phone, account, portal } = await post("pair", { code, key, name, signature, passkey });
    await keep({ phone, account, portal, privateKey, ...(passkey && { passkey: passkey.id }) });
  } finally {
    await forget(PENDING);
  }
};

/** What the portal asks one account; `push`, where given, is where the phone can be rung from now on. */
export const requests = async ({ phone, privateKey }, push, again = true) => {
  const text = await freshChallenge();
  const endpoint = push ? [push.endpoint] : [];
  const lines = ["vestibule-requests-1", location.origin, phone, text, ...endpoint];
  try {
    const signature = await sign(privateKey, ...lines);
    return await post("requests", { phone, challenge: text, signature, push });
  } catch (error) {
    challenge = undefined;
    if (!again || !["again", "expired"].includes(error.problem)) throw error;
    return requests({ phone, privateKey }, push, false);
  }
};

/** Answers a request, `yes` with its number or `no`; `prove`, where given, uses the passkey for a yes. Gives the outcome. */
export const answer = async ({ by, account, portal, request }, word, number, prove) => {
  const { id, nonce, expires } = request;
  const { phone, privateKey } = by;
  const asked = [portal, account, phone, id, nonce, expires];
  const lines = ["vestibule-approval-1", location.origin, ...asked, number, word];
  const signature = await sign(privateKey, ...lines);
  const passkey = word === "yes" && prove ? await prove(by.passkey, lines.join("\n")) : undefined;
  const { outcome } = await post("answer", { phone, request: id, answer: word, number, signature, passkey });
  return outcome;
};
