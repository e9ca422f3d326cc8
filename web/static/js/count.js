// textarea[data-count="#id"]: how many characters are left, counted as the server counts (code points).
import { fresh } from "./words.js";

export function attachCount(root) {
  for (const box of fresh(root, "textarea[data-count]", "count")) {
    const place = document.querySelector(box.dataset.count);
    const show = () => {
      const left = box.maxLength - [...box.value].length;
      place.textContent = place.dataset.countWords.replace("__left__", left);
    };
    box.addEventListener("input", show);
    if (place) show();
  }
}
