"use strict";
(() => {
  const boxes = [...document.querySelectorAll(".filter input[type=checkbox]")];
  const search = document.getElementById("search");
  const rows = [...document.querySelectorAll(".practice")];
  const shown = document.getElementById("shown");
  const chosen = (name) => new Set(boxes.filter((box) => box.name === name && box.checked).map((box) => box.value));
  const filter = () => {
    const states = chosen("state");
    const pillars = chosen("pillar");
    const words = search.value.toLowerCase();
    let count = 0;
    for (const row of rows) {
      const fits = states.has(row.dataset.state) && pillars.has(row.dataset.pillar)
        && row.textContent.toLowerCase().includes(words);
      row.hidden = !fits;
      count += fits ? 1 : 0;
    }
    shown.textContent = `${count} of ${rows.length} practices shown`;
  };
  document.querySelector(".filter").hidden = false;
  for (const box of boxes) box.addEventListener("change", filter);
  search.addEventListener("input", filter);
  const reveal = () => {
    const row = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (row && row.classList.contains("practice")) { row.hidden = false; row.open = true; row.scrollIntoView(); }
  };
  addEventListener("hashchange", reveal);
  addEventListener("beforeprint", () => { for (const each of document.querySelectorAll("details")) each.open = true; });
  filter();
  reveal();
})();
