// Menus made of <details data-menu>: close on Escape, on a click elsewhere, and when the focus leaves.
export function attachMenus() {
  const close = (except) => {
    for (const menu of document.querySelectorAll("details[data-menu][open]")) {
      if (menu !== except) menu.open = false;
    }
  };
  document.addEventListener("click", (event) => {
    const menu = event.target.closest("details[data-menu]");
    close(menu);
    if (menu && event.target.closest("a.menu-item, button.menu-item")) menu.open = false;
  });
  document.addEventListener("focusin", (event) => close(event.target.closest("details[data-menu]")));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = document.querySelector("details[data-menu][open]");
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
}
