// Runs before the first paint: says that scripts run, and lets "as the device" be dark, so that nothing flashes.
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  if ((root.dataset.theme || "auto") === "auto") {
    root.dataset.bsTheme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  }
})();
