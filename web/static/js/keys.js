// One-key commands: j k move through data-key-item, Enter opens, r replies, / searches, ? helps, data-hotkey="1" clicks.
// They never fire while a person types, and never during input-method composition: Enter there picks a word.
const STORED = "minhu-keys";

export function composing(event) {
  return event.isComposing || event.keyCode === 229;
}

function typing(target) {
  return target.closest?.("input:not([type=checkbox], [type=radio], [type=button], [type=submit]), textarea, select, [contenteditable=true]");
}

function switchedOff() {
  try {
    return localStorage.getItem(STORED) === "off";
  } catch {
    return false;
  }
}

function move(step) {
  const items = [...document.querySelectorAll("[data-key-item]")].filter((item) => item.getClientRects().length);
  if (!items.length) return;
  const here = items.findIndex((item) => item.contains(document.activeElement) || item.matches(":focus"));
  const open = items.findIndex((item) => item.classList.contains("is-active"));
  const from = here >= 0 ? here : open >= 0 ? open : step > 0 ? -1 : items.length;
  const item = items[Math.min(items.length - 1, Math.max(0, from + step))];
  const target = item.querySelector("[data-key-open]") ?? item;
  target.focus();
  item.scrollIntoView({ block: "nearest" });
}

const COMMANDS = {
  j: () => move(1),
  k: () => move(-1),
  r: () => document.querySelector("[data-key-reply]")?.focus(),
  "/": () => {
    const box = document.querySelector("[data-key-search]");
    box?.focus();
    box?.select();
  },
  "?": () => document.querySelector("#keyboard-help")?.showModal(),
};

function hotkey(key) {
  return [...document.querySelectorAll("[data-hotkey]")].find((element) => element.dataset.hotkey === key);
}

function pressed(event) {
  if (composing(event) || event.defaultPrevented || event.ctrlKey || event.metaKey) return;
  if (document.querySelector("dialog[open]")) return;
  const inField = typing(event.target);
  const digit = /^Digit([1-9])$/.exec(event.code)?.[1];
  if (event.altKey) {
    const button = digit && hotkey(digit);
    if (!button) return;
    event.preventDefault();
    button.click();
    return;
  }
  if (inField) {
    if (event.key === "Escape" && event.target.matches("[data-key-search], [data-key-reply]")) event.target.blur();
    return;
  }
  if (switchedOff()) return;
  const command = COMMANDS[event.key] ?? (hotkey(event.key) && (() => hotkey(event.key).click()));
  if (!command) return;
  event.preventDefault();
  command();
}

export function attachKeys() {
  document.addEventListener("keydown", pressed);
  const box = document.querySelector("[data-keys-switch]");
  if (!box) return;
  box.checked = !switchedOff();
  box.addEventListener("change", () => {
    try {
      localStorage.setItem(STORED, box.checked ? "on" : "off");
    } catch {
      // Not remembered, then; the keys stay as they were.
    }
  });
}
