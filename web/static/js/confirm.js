// data-confirm="question" on a form asks first; data-confirm-page on a link shows that page's question as a dialog.
// Without scripts the form posts at once (the server asks where it matters) and the link opens its page.
import { word } from "./words.js";

function button(text, kind) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = `btn btn-${kind}`;
  made.textContent = text;
  return made;
}

function dialogWith(...content) {
  const dialog = document.createElement("dialog");
  dialog.className = "dialog";
  const body = document.createElement("div");
  body.className = "dialog-body";
  body.append(...content);
  dialog.append(body);
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

function ask(form, submitter) {
  const question = document.createElement("p");
  question.textContent = form.dataset.confirm;
  const yes = button(submitter?.textContent.trim() || word("confirmYes"), submitter?.matches(".btn-primary") ? "primary" : "danger");
  const no = button(word("cancel"), "quiet");
  no.dataset.dialogClose = "";
  const row = document.createElement("div");
  row.className = "form-actions";
  row.append(yes, no);
  const dialog = dialogWith(question, row);
  dialog.setAttribute("aria-label", form.dataset.confirm);
  yes.addEventListener("click", () => {
    dialog.close();
    form.dataset.confirmed = "yes";
    form.requestSubmit(submitter ?? undefined);
  });
  no.focus();
}

async function askWithPage(link) {
  const answer = await fetch(link.href, { headers: { Accept: "text/html" }, credentials: "same-origin" });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const body = page.querySelector("[data-confirm-body]");
  if (!answer.ok || !body) throw new Error("no question on that page");
  const title = body.querySelector("h1, h2");
  const dialog = dialogWith(document.importNode(body, true));
  if (title) dialog.setAttribute("aria-label", title.textContent);
}

export function attachConfirm() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("form[data-confirm]") || form.dataset.confirmed) {
      delete form.dataset.confirmed;
      return;
    }
    event.preventDefault();
    event.stopImmediatePropagation();
    ask(form, event.submitter);
  }, true);
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-confirm-page]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    askWithPage(link).catch(() => location.assign(link.href));
  });
}
