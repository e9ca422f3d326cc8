// Attaches every script to the data- attributes it serves; docs/design-components.md lists them.
import { attachAutosave } from "./autosave.js";
import { attachBulk } from "./bulk.js";
import { attachCharts } from "./charts.js";
import { attachConfirm } from "./confirm.js";
import { attachCopy } from "./copy.js";
import { attachCount } from "./count.js";
import { attachDialogs } from "./dialogs.js";
import { attachFileDrop } from "./filedrop.js";
import { attachInsert } from "./insert.js";
import { attachKeys } from "./keys.js";
import { attachMenus } from "./menus.js";
import { attachPalette } from "./palette.js";
import { attachRefresh } from "./refresh.js";
import { attachSubmits } from "./submits.js";
import { attachTheme } from "./theme.js";
import { attachUnsaved } from "./unsaved.js";

// Once for the page: these listen on the document
for (const attach of [attachTheme, attachMenus, attachDialogs, attachConfirm, attachCopy, attachInsert, attachSubmits, attachKeys, attachPalette]) {
  attach();
}

// Again for every fragment that arrives later
function attachTo(root) {
  for (const attach of [attachAutosave, attachBulk, attachCharts, attachCount, attachFileDrop, attachRefresh, attachUnsaved]) {
    attach(root);
  }
}
attachTo(document);
document.addEventListener("htmx:load", (event) => attachTo(event.target));
document.addEventListener("minhu:load", (event) => attachTo(event.target));
