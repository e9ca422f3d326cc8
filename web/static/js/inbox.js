// The three panes: opening a case swaps only its pane; the list keeps its place and marks the open line.

const NARROW = matchMedia("(max-width: 991.98px)");

function markOpen() {
  const open = new URL(location.href).searchParams.get("case");
  for (const row of document.querySelectorAll(".panes-list [data-key-item]")) {
    const link = row.querySelector("[data-key-open]");
    const here = open !== null && new URL(link.href).searchParams.get("case") === open;
    row.classList.toggle("is-active", here);
    if (here) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}

function opened() {
  const panes = document.querySelector("[data-panes]");
  const pane = document.querySelector("#case");
  if (!panes || !pane) return;
  panes.dataset.active = pane.dataset.case ? "detail" : "list";
  markOpen();
  pane.scrollTop = 0;
  if (NARROW.matches) scrollTo(0, 0);
  // Out of the list, so that it may refresh, and read aloud by a screen reader.
  pane.querySelector("#case-title")?.focus({ preventScroll: true });
}

document.addEventListener("htmx:afterSettle", (event) => {
  if (event.target.id === "case" || event.detail.target?.id === "case") opened();
});
document.addEventListener("htmx:responseError", (event) => location.assign(event.detail.pathInfo.requestPath));
document.addEventListener("minhu:load", markOpen);
document.querySelector(".panes-list .is-active")?.scrollIntoView({ block: "nearest" });
