// data-insert-target="#box" data-insert-source="#text": puts the text into the reply box where the cursor is.
// It goes through execCommand so that the browser's own undo takes it back.
import { say } from "./snackbar.js";
import { word } from "./words.js";

function insert(box, text) {
  const wasWriting = document.activeElement === box;
  box.focus();
  if (box.value.trim() === "") {
    box.select();
  } else if (!wasWriting && box.selectionEnd === 0) {
    box.setSelectionRange(box.value.length, box.value.length);
    text = `\n${text}`;
  }
  if (!document.execCommand("insertText", false, text)) {
    box.setRangeText(text, box.selectionStart, box.selectionEnd, "end");
    box.dispatchEvent(new Event("input", { bubbles: true }));
  }
  const hole = box.value.search(/\{[^{}]{1,12}\}/u);
  if (hole >= 0) box.setSelectionRange(hole, box.value.indexOf("}", hole) + 1);
}

export function attachInsert() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-insert-target]");
    if (!button) return;
    const box = document.querySelector(button.dataset.insertTarget);
    const source = document.querySelector(button.dataset.insertSource);
    if (!box || !source) return;
    event.preventDefault();
    insert(box, source.textContent);
    box.form?.querySelector("[name=suggestion_id]")?.setAttribute("value", button.value);
    say(word("inserted"));
  });
}
