// Adds "Show" to password fields. The button is made here, so that without script nothing is missing.
"use strict";

for (const field of document.querySelectorAll("input[type=password][data-show]")) {
  const words = field.dataset;
  const button = document.createElement("button");
  const status = document.createElement("span");

  button.type = "button";
  button.className = "show";
  button.setAttribute("aria-controls", field.id);
  status.className = "unseen";
  status.setAttribute("role", "status");

  const show = (visible) => {
    field.type = visible ? "text" : "password";
    button.textContent = visible ? words.hide : words.show;
    button.setAttribute("aria-label", visible ? words.hideFull : words.showFull);
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
