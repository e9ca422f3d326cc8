// form[data-warn-unsaved]: asks before leaving while something typed is neither sent nor saved.
import { fresh } from "./words.js";

export function attachUnsaved(root) {
  for (const form of fresh(root, "form[data-warn-unsaved]", "unsaved")) {
    form.addEventListener("input", () => (form.dataset.unsaved = "yes"));
    form.addEventListener("submit", (event) => {
      if (!event.defaultPrevented) delete form.dataset.unsaved;
    });
    addEventListener("beforeunload", (event) => {
      if (form.isConnected && form.dataset.unsaved) event.preventDefault();
    });
  }
}
