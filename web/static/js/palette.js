// Ctrl+K: type a few letters, go to any page of the frame, or search the messages for them.
import { composing } from "./keys.js";
import { word } from "./words.js";

function places() {
  return [...document.querySelectorAll("[data-palette]")].map((link) => ({
    label: link.dataset.palette || link.querySelector("span")?.textContent.trim() || link.textContent.trim(),
    url: link.href,
  }));
}

function build() {
  const dialog = document.createElement("dialog");
  dialog.className = "dialog palette";
  dialog.setAttribute("aria-label", word("palette"));
  const box = document.createElement("input");
  box.type = "text";
  box.className = "form-control form-control-lg";
  box.placeholder = word("palette");
  box.setAttribute("aria-label", word("palette"));
  const list = document.createElement("ul");
  list.className = "palette-list";
  dialog.append(box, list);
  document.body.append(dialog);
  return { dialog, box, list };
}

function found(text) {
  const wanted = text.trim().toLocaleLowerCase();
  const hits = places().filter((place) => place.label.toLocaleLowerCase().includes(wanted));
  const search = document.querySelector("form:has([data-key-search])");
  if (wanted && search) {
    const url = new URL(search.action, location.href);
    url.searchParams.set("q", text.trim());
    hits.push({ label: word("search").replace("__text__", text.trim()), url: url.href });
  }
  return hits;
}

export function attachPalette() {
  let parts = null;
  const fill = () => {
    const entries = found(parts.box.value).map((place) => {
      const line = document.createElement("li");
      const link = document.createElement("a");
      link.className = "menu-item";
      link.href = place.url;
      link.textContent = place.label;
      line.append(link);
      return line;
    });
    parts.list.replaceChildren(...entries);
  };
  const step = (event) => {
    if (composing(event)) return;
    const links = [...parts.list.querySelectorAll("a")];
    const here = links.indexOf(document.activeElement);
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const next = here + (event.key === "ArrowDown" ? 1 : -1);
      (next < 0 ? parts.box : links[Math.min(next, links.length - 1)])?.focus();
    } else if (event.key === "Enter" && document.activeElement === parts.box) {
      event.preventDefault();
      links[0]?.click();
    }
  };
  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "k" || event.shiftKey || event.altKey) return;
    if (!places().length || composing(event)) return;
    event.preventDefault();
    if (!parts) {
      parts = build();
      parts.box.addEventListener("input", fill);
      parts.dialog.addEventListener("keydown", step);
    }
    if (parts.dialog.open) return;
    parts.box.value = "";
    fill();
    parts.dialog.showModal();
    parts.box.focus();
  });
}
