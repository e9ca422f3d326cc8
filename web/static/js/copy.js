// data-copy="text" copies it and says so.
import { say } from "./snackbar.js";
import { word } from "./words.js";

export function attachCopy() {
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
    } catch {
      const box = document.createElement("textarea");
      box.value = button.dataset.copy;
      box.className = "visually-hidden";
      document.body.append(box);
      box.select();
      document.execCommand("copy");
      box.remove();
      button.focus();
    }
    say(button.dataset.copied || word("copied"));
  });
}
