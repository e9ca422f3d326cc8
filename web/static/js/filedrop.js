// data-file-drop: drop a file anywhere in the frame around a file input.
import { fresh } from "./words.js";

export function attachFileDrop(root) {
  for (const place of fresh(root, "[data-file-drop]", "drop")) {
    const input = place.querySelector("input[type=file]");
    place.addEventListener("dragover", (event) => {
      event.preventDefault();
      place.classList.add("is-over");
    });
    place.addEventListener("dragleave", () => place.classList.remove("is-over"));
    place.addEventListener("drop", (event) => {
      event.preventDefault();
      place.classList.remove("is-over");
      if (!event.dataTransfer.files.length) return;
      input.files = event.dataTransfer.files;
      input.dispatchEvent(new Event("change", { bubbles: true }));
    });
  }
}
