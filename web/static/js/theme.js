// Light, dark, or as the device: forms with data-theme-form. The server keeps the choice; the page changes at once.
const darkDevice = matchMedia("(prefers-color-scheme: dark)");

function show(choice) {
  const root = document.documentElement;
  root.dataset.theme = choice;
  root.dataset.bsTheme = choice === "dark" || (choice === "auto" && darkDevice.matches) ? "dark" : "light";
  for (const button of document.querySelectorAll("[data-theme-form] button[name=theme]")) {
    button.setAttribute("aria-pressed", String(button.value === choice));
  }
}

export function attachTheme() {
  darkDevice.addEventListener("change", () => show(document.documentElement.dataset.theme));
  document.addEventListener("submit", (event) => {
    const form = event.target.closest("[data-theme-form]");
    if (!form || !event.submitter) return;
    event.preventDefault();
    show(event.submitter.value);
    fetch(form.action, { method: "POST", body: new FormData(form, event.submitter), credentials: "same-origin", redirect: "manual" });
  });
}
