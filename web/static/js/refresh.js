// data-refresh="url" data-refresh-every="20": asks again with If-None-Match and swaps the content when it changed.
// It never swaps under a person's hands: while the focus, a selection, an open menu or a ticked row is inside, it waits.
import { fresh, word } from "./words.js";
import { say } from "./snackbar.js";

class Refresh {
  constructor(element) {
    this.element = element;
    this.every = Math.max(5, Number(element.dataset.refreshEvery) || 20) * 1000;
    this.etag = element.dataset.refreshEtag ?? "";
    this.failures = 0;
    this.plan();
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") this.ask();
    });
  }

  plan() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(), this.every * 2 ** Math.min(this.failures, 4));
  }

  busy() {
    const selection = getSelection();
    const selected = selection && !selection.isCollapsed && this.element.contains(selection.anchorNode);
    return this.element.contains(document.activeElement) || selected || this.element.querySelector("details[data-menu][open], dialog[open], [data-bulk] input[name]:checked");
  }

  async ask() {
    clearTimeout(this.timer);
    if (!this.element.isConnected) return;
    if (document.visibilityState === "hidden" || this.busy()) {
      this.plan();
      return;
    }
    try {
      const headers = { Accept: "text/html", "X-Fragment": "true" };
      if (this.etag) headers["If-None-Match"] = this.etag;
      const answer = await fetch(this.element.dataset.refresh, { headers, credentials: "same-origin" });
      if (answer.status === 200 && !answer.redirected && !this.busy()) await this.swap(answer);
      else if (answer.status !== 304 && answer.status !== 200) throw new Error(String(answer.status));
      this.failures = 0;
    } catch {
      this.failures += 1;
      if (this.failures === 2) say(word("stale"));
    }
    this.plan();
  }

  async swap(answer) {
    this.etag = answer.headers.get("ETag") ?? "";
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const same = this.element.id && page.getElementById(this.element.id);
    const next = [...(same || page.body).childNodes];
    const top = this.element.scrollTop;
    const open = [...this.element.querySelectorAll("details[id][open]")].map((details) => details.id);
    this.element.replaceChildren(...next.map((node) => document.importNode(node, true)));
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
    this.element.scrollTop = top;
    this.element.dispatchEvent(new CustomEvent("minhu:load", { bubbles: true }));
    window.htmx?.process(this.element);
  }
}

export function attachRefresh(root) {
  for (const element of fresh(root, "[data-refresh]", "refresh")) new Refresh(element);
}
