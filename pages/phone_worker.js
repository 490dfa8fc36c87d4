// Rings the phone when the portal knocks, and opens the page that asks. It keeps nothing, answers nothing
// and stands between nothing: it has no fetch handler.
"use strict";

const SCOPE = "/.vestibule/phone";
const isOurs = ({ origin, pathname }) =>
  origin === self.location.origin && (pathname === SCOPE || pathname.startsWith(`${SCOPE}/`));

const openPages = async () => {
  const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  return pages.filter(({ url }) => isOurs(new URL(url)));
};
const tell = async (word) => {
  for (const page of await openPages()) page.postMessage(word);
};

/** The declarative message (the page's own address if it names another), or a bare one. */
const read = (data) => {
  let title, body, navigate;
  try {
    ({ title, body, navigate } = data.json().notification);
  } catch {
    // A push must show something, whatever came.
  }
  let page = new URL(SCOPE, self.location.origin);
  try {
    const named = new URL(navigate, page);
    if (isOurs(named)) page = named;
  } catch {
    // No address: our own.
  }
  const text = (value) => (typeof value === "string" ? value : "");
  return { title: text(title) || self.location.hostname, body: text(body), page: page.href };
};

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("push", (event) => {
  const { title, body, page } = read(event.data);
  const icon = "/.vestibule/asset/icon-192.png";
  // One tag: a new knock takes the place of the one before, and rings again.
  const how = { body, icon, tag: "asked", renotify: true, data: page };
  event.waitUntil(Promise.all([self.registration.showNotification(title, how), tell("asked")]));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const open = async () => {
    const [page] = await openPages();
    if (!page) return self.clients.openWindow(event.notification.data ?? SCOPE);
    page.postMessage("asked");
    return page.focus();
  };
  event.waitUntil(open());
});

self.addEventListener("pushsubscriptionchange", (event) => {
  const renew = async () => {
    const options = event.oldSubscription?.options;
    // Where this fails, the page does it when it is opened next.
    if (options) await self.registration.pushManager.subscribe(options).catch(() => {});
    await tell("changed");
  };
  event.waitUntil(renew());
});
