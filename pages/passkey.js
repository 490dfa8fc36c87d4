// Passkeys: asks the browser to set one up or to use one, and sends its answer with the form.
//
// A form says what it is for: data-passkey="create", "get" (after a password) or "sign-in" (instead of one).
//   data-options      what to ask the browser, as JSON; or
//   data-options-url  where to fetch that, by POST with the form's field csrf
//   answer            a hidden field of the form, for the browser's answer
//   data-cancelled, data-exists, data-unsupported
//                     the ids of hidden elements that say that nothing came of it, that this device is set up
//                     already, and that this browser has no passkeys
// The form may be hidden, for those who have no script: it is shown to all who can use it.
"use strict";

{
  const supported = Boolean(window.PublicKeyCredential && navigator.credentials);

  // ---- Between JSON and the browser, where it cannot do that itself ----

  const toBytes = (text) => {
    const padded = text.replace(/-/g, "+").replace(/_/g, "/").padEnd(Math.ceil(text.length / 4) * 4, "=");
    return Uint8Array.from(atob(padded), (letter) => letter.charCodeAt(0));
  };
  const toText = (buffer) => {
    const letters = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join("");
    return btoa(letters).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  };

  const read = (kind, json) => {
    const parse = kind === "create" ? "parseCreationOptionsFromJSON" : "parseRequestOptionsFromJSON";
    if (PublicKeyCredential[parse]) return PublicKeyCredential[parse](json);
    const options = { ...json, challenge: toBytes(json.challenge) };
    if (json.user) options.user = { ...json.user, id: toBytes(json.user.id) };
    for (const list of ["excludeCredentials", "allowCredentials"]) {
      if (json[list]) options[list] = json[list].map((one) => ({ ...one, id: toBytes(one.id) }));
    }
    return options;
  };

  const write = (credential) => {
    try {
      return JSON.stringify(credential.toJSON());
    } catch {
      // Not there, or a password manager stands in between that does not have it.
    }
    const response = {};
    for (const part of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (credential.response[part]) response[part] = toText(credential.response[part]);
    }
    if (credential.response.getTransports) response.transports = credential.response.getTransports();
    const { type } = credential;
    const id = toText(credential.rawId);
    const clientExtensionResults = { credProps: credential.getClientExtensionResults().credProps };
    return JSON.stringify({ id, rawId: id, type, response, clientExtensionResults });
  };

  // ---- A form ----

  const attend = (form) => {
    const kind = form.dataset.passkey;
    const all = ["cancelled", "exists", "unsupported"];
    const say = (what) => {
      for (const name of all) {
        const element = document.getElementById(form.dataset[name]);
        if (element) element.hidden = name !== what;
      }
    };
    form.hidden = !supported;
    say(supported ? undefined : "unsupported");
    if (!supported) return;

    // One request at a time: a browser refuses a second one.
    let asking, pressed, fetched;
    const options = async () => {
      if (form.dataset.options) return JSON.parse(form.dataset.options);
      const body = new URLSearchParams({ csrf: form.elements.csrf.value });
      const answer = await fetch(form.dataset.optionsUrl, { method: "POST", body, redirect: "manual" });
      if (!answer.ok) throw new Error(`${answer.status}`);
      return answer.json();
    };

    const ask = async (mediation) => {
      asking?.abort();
      const mine = (asking = new AbortController());
      // Kept for the page: what was begun last is what the gateway waits for.
      fetched ??= options();
      fetched.catch(() => (fetched = undefined));
      const publicKey = read(kind, await fetched);
      if (mine.signal.aborted) throw new DOMException("", "AbortError");
      const what = { publicKey, signal: mine.signal, ...(mediation && { mediation }) };
      const way = kind === "create" ? "create" : "get";
      const credential = await navigator.credentials[way](what);
      form.elements.answer.value = write(credential);
      // Without an event: what listens to a press has heard it.
      form.submit();
    };

    // Passkeys among the suggestions for the user name, as long as nothing else is asked.
    const offer = async () => {
      if (kind !== "sign-in") return;
      try {
        if (await PublicKeyCredential.isConditionalMediationAvailable?.()) await ask("conditional");
      } catch {
        // Nobody asked for it, so nobody is told that nothing came of it.
      }
    };

    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (pressed) return;
      pressed = true;
      say();
      try {
        await ask();
      } catch (wrong) {
        // Given up for another form of the page, which is on its way.
        if (wrong.name === "AbortError") return;
        say(wrong.name === "InvalidStateError" ? "exists" : "cancelled");
        pressed = false;
        offer();
      }
    });
    for (const other of document.forms) {
      if (other !== form) other.addEventListener("submit", () => asking?.abort());
    }
    // Back to a page that the browser kept: what it asked is over.
    addEventListener("pageshow", (event) => {
      if (event.persisted) location.reload();
    });
    offer();
  };

  for (const form of document.querySelectorAll("form[data-passkey]")) attend(form);
}
