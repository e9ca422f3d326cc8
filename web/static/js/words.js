// The translated words that scripts need, written once into the page by the layout.
export function word(name) {
  return document.querySelector("template[data-words]")?.dataset[name] ?? "";
}

export function csrfToken() {
  return document.querySelector('meta[name="csrf-token"]')?.content ?? "";
}

// Elements below (or at) root that nobody has attached to yet under this name.
export function* fresh(root, selector, name) {
  const found = root.matches?.(selector) ? [root] : [];
  for (const element of [...found, ...root.querySelectorAll(selector)]) {
    element.minhu ??= new Set();
    if (!element.minhu.has(name)) {
      element.minhu.add(name);
      yield element;
    }
  }
}
