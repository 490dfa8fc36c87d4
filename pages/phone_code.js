// The code that connects a phone: as people type it, and as the address brings it.

const CODE_KEPT = 600_000;

/** As the portal folds what people type (Crockford's base 32). */
export const fold = (typed) =>
  typed.toLowerCase().replace(/[\s\-\u2010-\u2015._]/g, "").replace(/o/g, "0").replace(/[il]/g, "1");
/** Whether it can be one. */
export const isCode = (code) => /^[0-9a-hjkmnp-tv-z]{12}$/.test(code);
/** As it is read out. */
export const grouped = (code) => code.match(/.{4}/g).join("-");

/** The code that the address brought. It outlives a reload, a change of language and a look elsewhere. */
export const carried = {
  name: "vestibule-phone-code",
  take() {
    const [, code] = /^#pair=(.*)$/.exec(location.hash) ?? [];
    if (code === undefined) return;
    history.replaceState(null, "", location.pathname + location.search);
    if (isCode(fold(code))) this.keep({ code: fold(code), since: Date.now() });
  },
  keep(kept) {
    this.kept = kept;
    try {
      if (kept) sessionStorage.setItem(this.name, JSON.stringify(kept));
      else sessionStorage.removeItem(this.name);
    } catch {
      // Then it lasts as long as this page.
    }
  },
  get code() {
    try {
      this.kept ??= JSON.parse(sessionStorage.getItem(this.name));
    } catch {
      // Nothing is kept.
    }
    return this.kept && Date.now() - this.kept.since < CODE_KEPT ? this.kept.code : "";
  },
};
