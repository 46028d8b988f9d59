// What pages do beyond htmx. Every page works without it.
"use strict";

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const source = document.querySelector(button.dataset.copy);
  navigator.clipboard.writeText(source.value ?? source.textContent).then(() => {
    button.textContent = "Copied";
  });
});

// A box that checks all others of its name.
document.addEventListener("change", (event) => {
  const name = event.target.dataset?.checkAll;
  if (!name) return;
  for (const box of document.querySelectorAll(`input[type=checkbox][name="${name}"]`)) box.checked = event.target.checked;
});

// What only works with this script is hidden until it runs, also in parts that come later.
const show = (root) => root.querySelectorAll("[data-needs-script]").forEach((element) => { element.hidden = false; });
show(document);
document.addEventListener("htmx:load", (event) => show(event.target.parentElement ?? document));
