// The computer's page while a phone is waited for: it moves on by itself once the phone has done its part.
// What is missed without this is a press on the button.
"use strict";

for (const form of document.querySelectorAll("form[data-waits]")) {
  const POLL = 3000;
  const status = document.querySelector("[data-moved]");
  let done = false;

  const goOn = () => {
    if (done) return;
    done = true;
    status.textContent = status.dataset.moved;
    form.requestSubmit();
  };

  const ask = async () => {
    if (done) return;
    try {
      const answer = await fetch("/.vestibule/approve/state", { cache: "no-store" });
      if (answer.ok && (await answer.json()).moved) return goOn();
    } catch {
      // No connection just now; it is asked again.
    }
    setTimeout(ask, POLL);
  };

  const stream = new EventSource("/.vestibule/approve/events");
  stream.addEventListener("moved", () => {
    stream.close();
    goOn();
  });
  stream.addEventListener("error", () => {
    // A stream that merely ended is begun anew by the browser.
    if (stream.readyState === EventSource.CLOSED) ask();
  });
  addEventListener("pagehide", () => {
    stream.close();
    done = true;
  });
  // Back from where it led: the page is drawn anew.
  addEventListener("pageshow", ({ persisted }) => {
    if (persisted) location.reload();
  });
}
