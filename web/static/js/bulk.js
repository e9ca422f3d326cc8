// form[data-bulk]: counts the ticked boxes, ticks them all, keeps the actions asleep until one is ticked, or as many as
// data-bulk-action names. Boxes elsewhere on the page belong to it by their attribute "form".
import { fresh } from "./words.js";

export function attachBulk(root) {
  for (const form of fresh(root, "form[data-bulk]", "bulk")) {
    const boxes = () => [...form.elements].filter((each) => each.type === "checkbox" && each.name);
    const all = form.querySelector("[data-bulk-all]");
    const place = form.querySelector("[data-bulk-count]");
    const show = () => {
      const count = boxes().filter((box) => box.checked).length;
      if (place) place.textContent = count ? place.dataset.bulkWords.replace("__count__", count) : "";
      if (all) {
        all.checked = count > 0 && count === boxes().length;
        all.indeterminate = count > 0 && count < boxes().length;
      }
      for (const action of form.querySelectorAll("[data-bulk-action]")) action.disabled = count < (Number(action.dataset.bulkAction) || 1);
    };
    form.addEventListener("change", (event) => {
      if (event.target === all) for (const box of boxes()) box.checked = all.checked;
      show();
    });
    for (const box of boxes()) if (!form.contains(box)) box.addEventListener("change", show);
    show();
  }
}
