// A short line at the foot of the page; it goes after a while, unless the pointer or the focus is on it.
import { word } from "./words.js";

export function say(text) {
  const place = document.querySelector("[data-snackbars]");
  if (!place || !text) return;
  const bar = document.createElement("div");
  bar.className = "snackbar";
  bar.dataset.dismissible = "";
  const words = document.createElement("span");
  words.textContent = text;
  const close = document.createElement("button");
  close.type = "button";
  close.dataset.dismiss = "";
  close.textContent = word("dismiss");
  bar.append(words, close);
  place.append(bar);
  const leave = () => (bar.matches(":hover, :focus-within") ? setTimeout(leave, 2000) : bar.remove());
  setTimeout(leave, 6000);
}
