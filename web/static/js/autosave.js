// form[data-autosave="url"]: posts itself there a moment after typing stops, and when the page is left.
// The server answers {"revision": n} (kept in the form's revision field) or 409 when someone saved before.
// Nothing is kept in the browser: drafts hold personal information, and desks are shared.
import { csrfToken, fresh } from "./words.js";

const QUIET_MS = 900;
const RETRY_MS = [2000, 5000, 15000];

class Autosave {
  constructor(form) {
    this.form = form;
    this.place = form.querySelector("[data-autosave-state]") ?? document.querySelector("[data-autosave-state]");
    this.failures = 0;
    this.composing = false;
    form.addEventListener("compositionstart", () => (this.composing = true));
    form.addEventListener("compositionend", () => {
      this.composing = false;
      this.later();
    });
    form.addEventListener("input", () => {
      this.dirty = true;
      form.dataset.unsaved = "yes";
      this.show("unsaved");
      if (!this.composing) this.later();
    });
    form.addEventListener("submit", (event) => {
      if (event.defaultPrevented) return;
      clearTimeout(this.timer);
      this.sent = true;
      delete form.dataset.unsaved;
    });
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden" && this.dirty && form.isConnected) this.save(true);
    });
    addEventListener("beforeunload", (event) => {
      if (form.isConnected && form.dataset.unsaved && !this.sent) event.preventDefault();
    });
  }

  show(state, time = "") {
    if (!this.place) return;
    const words = this.place.dataset[`words${state[0].toUpperCase()}${state.slice(1)}`] ?? "";
    this.place.dataset.state = state;
    this.place.textContent = words.replace("__time__", time);
  }

  later(after = QUIET_MS) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), after);
  }

  async save(leaving = false) {
    if (this.sent || this.stopped || (this.saving && !leaving)) return;
    clearTimeout(this.timer);
    this.saving = true;
    this.dirty = false;
    this.show("saving");
    try {
      const answer = await fetch(this.form.dataset.autosave, {
        method: "POST",
        body: new FormData(this.form),
        headers: { Accept: "application/json", "X-CSRFToken": csrfToken() },
        credentials: "same-origin",
        keepalive: leaving,
      });
      await this.heard(answer);
    } catch {
      this.failed();
    } finally {
      this.saving = false;
      if (this.dirty && !this.stopped && !this.failures) this.later();
    }
  }

  async heard(answer) {
    if (answer.status === 409) {
      this.stopped = true;
      this.show("conflict");
      this.form.dispatchEvent(new CustomEvent("minhu:conflict", { bubbles: true }));
      return;
    }
    if (!answer.ok || answer.redirected) throw new Error(`not saved: ${answer.status}`);
    const told = await answer.json();
    const field = this.form.elements.namedItem("revision");
    if (field && told.revision !== undefined) field.value = told.revision;
    this.failures = 0;
    if (this.dirty) return;
    delete this.form.dataset.unsaved;
    const locale = document.documentElement.lang;
    this.show("saved", new Date().toLocaleTimeString(locale, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }));
  }

  failed() {
    this.dirty = true;
    this.show("failed");
    this.later(RETRY_MS[Math.min(this.failures, RETRY_MS.length - 1)]);
    this.failures += 1;
  }
}

export function attachAutosave(root) {
  for (const form of fresh(root, "form[data-autosave]", "autosave")) new Autosave(form);
}
