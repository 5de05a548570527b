// Runs inside the portal's pages, before their own scripts: writes down when each thing first became visible.
// `seen` maps what was shown to the page's clock in milliseconds since 1970.
const seen = {};
globalThis.sluiceSeen = seen;

function note(what) {
  seen[what] ??= Date.now();
}

function look() {
  for (const row of document.querySelectorAll("tr[data-order]")) {
    const { order } = row.dataset;
    note(`row ${order} state ${row.querySelector("[data-state]")?.dataset.state}`);
    note(`row ${order} salesforce ${row.querySelector("[data-salesforce]")?.dataset.salesforce}`);
  }
  for (const entry of document.querySelectorAll(".timeline li")) {
    const time = entry.querySelector("time");
    note(`entry ${time?.dateTime} ${entry.querySelector("span")?.textContent}`);
  }
}

document.addEventListener("DOMContentLoaded", () => {
  look();
  new MutationObserver(look).observe(document.body, { childList: true, subtree: true, characterData: true });
});
