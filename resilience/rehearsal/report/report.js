"use strict";
const search = document.getElementById("search");
const count = document.getElementById("count");
const entries = [...document.querySelectorAll("tr[data-section]")].map((row) => {
  const section = document.getElementById(row.dataset.section);
  return { row, section, state: row.dataset.state, text: `${row.textContent} ${section.textContent}`.toLowerCase() };
});

function filter() {
  const state = document.querySelector("input[name=state]:checked").value;
  const words = search.value.toLowerCase().split(/\s+/);
  let shown = 0;
  for (const entry of entries) {
    const matches = (state === "all" || state === entry.state) && words.every((word) => entry.text.includes(word));
    entry.row.hidden = entry.section.hidden = !matches;
    shown += matches;
  }
  count.value = `${shown} of ${entries.length} shown`;
}

// A link may lead to a section that the filter hides.
function reveal(hash) {
  const target = document.getElementById(decodeURIComponent(hash.slice(1)));
  if (target === null || !target.hidden) return;
  search.value = "";
  document.getElementById("state-all").checked = true;
  filter();
  target.scrollIntoView();
}

document.getElementById("filter").hidden = false;
document.getElementById("filter").addEventListener("input", filter);
document.addEventListener("click", (event) => {
  const link = event.target.closest('a[href^="#"]');
  if (link) reveal(link.hash);
});
window.addEventListener("hashchange", () => reveal(location.hash));
// A browser may keep what was typed before a reload.
filter();
