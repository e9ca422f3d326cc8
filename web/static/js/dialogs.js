// data-dialog-open="#id", data-dialog-close, data-dismiss inside data-dismissible, data-print, data-focus-first.
export function attachDialogs() {
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-dialog-open]");
    if (opener) document.querySelector(opener.dataset.dialogOpen)?.showModal();
    const closer = event.target.closest("[data-dialog-close]");
    const dialog = closer?.closest("dialog");
    if (dialog) {
      event.preventDefault();
      dialog.close();
    }
    if (event.target.matches("dialog.dialog")) event.target.close();
    if (event.target.closest("[data-print]")) print();
    event.target.closest("[data-dismiss]")?.closest("[data-dismissible]")?.remove();
  });
  document.querySelector("[data-focus-first]")?.focus();
}
