// What the pages do beyond plain forms: show a password, copy a key, judge a new password while it is
// typed, warn before the time is over. What is made here is missed by nobody who has no script.
"use strict";

const make = (name, className, text = "") => {
  const element = document.createElement(name);
  element.className = className;
  element.textContent = text;
  return element;
};
const makeStatus = () => {
  const status = make("span", "unseen");
  status.setAttribute("role", "status");
  return status;
};
const makeButton = (className, text) => {
  const button = make("button", className, text);
  button.type = "button";
  return button;
};

// ---- One press, one answer ----

// The answer to a first press changes what the browser holds; a second press would throw it away.
for (const form of document.forms) {
  let sent = false;
  form.addEventListener("submit", (event) => {
    if (sent) event.preventDefault();
    sent = true;
  });
  addEventListener("pageshow", () => {
    sent = false;
  });
}

// ---- "Show" in password fields ----

for (const field of document.querySelectorAll("input[type=password]")) {
  const words = field.closest("[data-show]")?.dataset;
  if (!words) continue;
  const button = makeButton("show");
  const status = makeStatus();
  const label = field.labels[0].textContent;
  button.setAttribute("aria-controls", field.id);

  const show = (visible) => {
    field.type = visible ? "text" : "password";
    button.textContent = visible ? words.hide : words.show;
    button.setAttribute("aria-label", `${button.textContent} – ${label}`);
  };

  button.addEventListener("click", () => {
    const visible = field.type === "password";
    const caret = field.selectionStart;
    show(visible);
    field.setSelectionRange(caret, caret);
    status.textContent = visible ? words.shown : words.hidden;
  });
  // A browser keeps what was typed into a text field for later suggestions; a password is not for that.
  field.form.addEventListener("submit", () => show(false));

  show(false);
  field.classList.add("with-show");
  field.after(button, status);
}

// ---- "Copy" beside a key ----

for (const text of document.querySelectorAll("[data-copy]")) {
  // Only pages that came over HTTPS have a clipboard.
  if (!navigator.clipboard) break;
  const words = text.dataset;
  const button = makeButton("plain", words.copy);
  const status = makeStatus();
  button.addEventListener("click", async () => {
    try {
      const lines = [...text.querySelectorAll("code")].map((line) => line.textContent);
      const copied = text.matches(".codes") ? lines.join("\n") : text.textContent.replace(/\s/g, "");
      await navigator.clipboard.writeText(copied);
      button.textContent = words.copied;
      status.textContent = words.copied;
    } catch {
      // Not allowed: then the text is marked, ready to be copied by hand.
      getSelection().selectAllChildren(text);
    }
  });
  text.after(button, status);
}

// ---- "Print" ----

for (const place of document.querySelectorAll("[data-print]")) {
  const button = makeButton("plain", place.dataset.print);
  button.addEventListener("click", () => print());
  place.append(button);
}

// ---- A passkey is offered where the device can make one, and first where it has one of its own ----

const passkeyOffer = document.querySelector(".needs-passkey");
if (passkeyOffer && window.PublicKeyCredential) {
  passkeyOffer.hidden = false;
  const first = !passkeyOffer.previousElementSibling?.matches("label");
  PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable?.().then((own) => {
    // Nothing that was chosen meanwhile is taken back.
    const untouched = [...document.querySelectorAll(".choice input")].every((one) => one.checked === one.defaultChecked);
    if (!own || !first || !untouched) return;
    passkeyOffer.querySelector("input").checked = true;
    const badge = document.querySelector(".badge");
    if (badge) passkeyOffer.querySelector("b").after(" ", badge);
  });
}

// ---- A new password, judged while it is typed ----

const rules = document.querySelector(".rules ul");
if (rules) {
  const DELAY = 250;
  const TELL_AFTER = 1500;
  const form = rules.closest("form");
  const typed = (name) => form.elements[name].value;
  const strength = form.querySelector(".strength");
  const same = form.querySelector(".same");
  const told = form.querySelector("p[role=status]");
  let timer, teller, asking;

  const mark = (line, ok) => {
    line.className = ok ? "kept" : "open";
    line.lastElementChild.textContent = ok ? rules.dataset.kept : rules.dataset.open;
  };
  const tell = (sentence) => {
    clearTimeout(teller);
    teller = setTimeout(() => {
      if (told.textContent !== sentence) told.textContent = sentence;
    }, TELL_AFTER);
  };

  const draw = (answer) => {
    const open = [];
    for (const line of rules.querySelectorAll("[data-extra]")) line.remove();
    for (const { key, text, ok } of answer.rules) {
      let line = [...rules.children].find((child) => child.dataset.rule === key);
      if (!line) {
        // A rule that is only spoken of when it is broken.
        line = rules.firstElementChild.cloneNode(true);
        line.dataset.rule = key;
        line.dataset.extra = "";
        line.children[1].textContent = text;
        rules.append(line);
      }
      mark(line, ok);
      if (!ok) open.push(line.children[1].textContent);
    }
    strength.hidden = false;
    strength.querySelector("b").textContent = strength.dataset[answer.strength];
    strength.querySelector("meter").value = answer.strength;
    const said = [`${strength.firstElementChild.textContent.trim()}.`];
    said.push(open.length ? `${rules.dataset.open}: ${open.join("; ")}.` : rules.dataset.all);

    same.hidden = typed("again") === "";
    same.textContent = answer.again ? same.dataset.same : same.dataset.different;
    same.className = answer.again ? "same kept" : "same";
    if (!same.hidden) said.push(same.textContent);
    tell(said.join(" "));
  };

  const clear = () => {
    for (const line of rules.querySelectorAll("[data-extra]")) line.remove();
    for (const line of rules.children) {
      line.className = "";
      line.lastElementChild.textContent = "";
    }
    strength.hidden = same.hidden = true;
    tell("");
  };

  const ask = async () => {
    asking?.abort();
    if (typed("new") === "") return clear();
    asking = new AbortController();
    const body = new URLSearchParams();
    for (const name of ["csrf", "new", "again"]) body.set(name, typed(name));
    try {
      // Another tab may have gone on: then the answer leads elsewhere, which sending the form does too.
      const how = { method: "POST", body, signal: asking.signal, redirect: "manual" };
      const answer = await fetch(`${form.getAttribute("action")}/check`, how);
      if (answer.ok) draw(await answer.json());
    } catch {
      // Typed on, or the line is down: the list stays as it is, and sending the form judges anyway.
    }
  };

  for (const name of ["new", "again"]) {
    form.elements[name].addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(ask, DELAY);
    });
  }
  form.addEventListener("submit", () => {
    clearTimeout(timer);
    asking?.abort();
  });
  if (typed("new") !== "") ask();
}

// ---- A word before the time is over ----

const page = document.body.dataset;
if (page.ends) {
  const WARN = 300;
  const TICK = 2000;
  const life = Math.max(Number(page.ends), 2 * WARN);
  const status = makeStatus();
  let end = Date.now() + Number(page.ends) * 1000;
  let bar, over;

  const show = (text, button, act) => {
    bar?.remove();
    bar = make("div", "ends");
    const words = make("p", "", text);
    words.id = "ends";
    bar.setAttribute("role", "alertdialog");
    bar.setAttribute("aria-labelledby", words.id);
    const press = makeButton("go", button);
    press.addEventListener("click", act);
    bar.append(words, press);
    document.body.prepend(bar);
  };
  const close = () => {
    over = true;
    show(page.over, page.again, () => location.reload());
  };
  const more = async () => {
    try {
      const body = new URLSearchParams({ csrf: page.token });
      const how = { method: "POST", body, redirect: "manual" };
      const answer = await fetch("/.vestibule/more-time", how);
      if (!answer.ok) return close();
    } catch {
      // The line is down; the bar stays, to be pressed again.
      return;
    }
    bar?.remove();
    bar = undefined;
    end = Date.now() + life * 1000;
    status.textContent = page.given;
  };

  document.body.append(status);
  // Looks at the clock rather than counting, since a sleeping computer does not count.
  setInterval(() => {
    const left = (end - Date.now()) / 1000;
    if (left <= 0 && !over) close();
    else if (left <= WARN && !bar) show(page.text, page.more, more);
  }, TICK);
}
