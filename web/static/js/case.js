// A case on screen: who else is here, a reply that is never lost, Ctrl+Enter that never fires during composition.
import { composing } from "./keys.js";
import { csrfToken, fresh } from "./words.js";

const PRESENCE_MS = 20000;

class Presence {
  constructor(place) {
    this.place = place;
    this.tell();
    this.timer = setInterval(() => this.tell(), PRESENCE_MS);
  }

  async tell() {
    if (!this.place.isConnected) {
      clearInterval(this.timer);
      return;
    }
    if (document.visibilityState === "hidden") return;
    const body = new URLSearchParams({ version: this.place.dataset.version, next: location.pathname + location.search });
    const headers = { "X-CSRFToken": csrfToken(), Accept: "text/html" };
    try {
      const answer = await fetch(this.place.dataset.presence, { method: "POST", body, headers, credentials: "same-origin" });
      if (!answer.ok || answer.redirected) return;
      const text = await answer.text();
      if (text.trim() !== this.shown) {
        this.shown = text.trim();
        this.place.innerHTML = text;
      }
      this.place.dataset.version ||= this.place.querySelector("[data-seen]")?.dataset.seen ?? "";
    } catch {
      // The next call tells; nothing here is worth a message.
    }
  }
}

// The first save of a draft moves the case on by itself: the next answer tells which version that made.
function ownSave(form) {
  const place = document.querySelector("[data-presence]");
  if (place) place.dataset.version = "";
  form.dataset.saved = "yes";
}

function saving(form) {
  return form.querySelector("[data-autosave-state]")?.dataset.state === "saving";
}

// A save that is on its way carries the number of the version; sending before it is back would look stale.
function waitForSave(event) {
  const form = event.target.closest?.("form[data-composer]");
  if (!form || !saving(form)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const submitter = event.submitter ?? undefined;
  const look = setInterval(() => {
    if (saving(form)) return;
    clearInterval(look);
    form.requestSubmit(submitter);
  }, 40);
}

function attachComposer(form) {
  form.addEventListener("minhu:conflict", () => {
    const notice = form.querySelector("[data-conflict]");
    if (notice) notice.hidden = false;
  });
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || composing(event)) return;
    event.preventDefault();
    form.requestSubmit(form.querySelector("[data-submit-reply]"));
  });
  const state = form.querySelector("[data-autosave-state]");
  if (!state) return;
  new MutationObserver(() => {
    if (state.dataset.state === "saved" && !form.dataset.saved) ownSave(form);
  }).observe(state, { attributes: true, attributeFilter: ["data-state"] });
}

function attachTo(root) {
  for (const place of fresh(root, "[data-presence]", "presence")) new Presence(place);
  for (const form of fresh(root, "form[data-composer]", "composer")) attachComposer(form);
}

document.addEventListener("submit", waitForSave, true);
document.addEventListener("htmx:load", (event) => attachTo(event.target));
attachTo(document);
