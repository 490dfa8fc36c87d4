// The two live pages of the demo portal: an echo over a WebSocket and a ticker over server-sent events.
"use strict";

const note = (list, text) => {
  const line = document.createElement("li");
  line.textContent = text;
  list.append(line);
  while (list.children.length > 20) list.firstElementChild.remove();
};

const echo = document.getElementById("echo");
if (echo) {
  const status = document.getElementById("status");
  const log = document.getElementById("log");
  const address = new URL("/socket/echo", location.href);
  address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  const socket = new WebSocket(address);
  socket.addEventListener("open", () => { status.textContent = "open"; });
  socket.addEventListener("close", () => { status.textContent = "closed"; });
  socket.addEventListener("message", (event) => note(log, event.data));
  echo.addEventListener("submit", (event) => {
    event.preventDefault();
    if (socket.readyState === WebSocket.OPEN) socket.send(echo.elements.text.value);
  });
}

const ticks = document.getElementById("ticks");
if (ticks) {
  const status = document.getElementById("status");
  const source = new EventSource("/events");
  source.addEventListener("open", () => { status.textContent = "open"; });
  source.addEventListener("error", () => { status.textContent = "interrupted"; });
  source.addEventListener("message", (event) => note(ticks, event.data));
}
