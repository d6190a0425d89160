"use strict";
const all = (selector, root = document) => [...root.querySelectorAll(selector)];

// The filter of the index. Without it, all documents are shown.
const form = document.getElementById("filter");
if (form) {
  const words = JSON.parse(document.getElementById("words").textContent);
  const items = all("#documents > li");
  const articles = all("article");
  const stances = items.map((item) => JSON.parse(item.dataset.stances));
  const flags = items.map((item) => item.dataset.flags.split(" "));
  const filter = () => {
    const terms = form.elements.text.value.toLowerCase().split(/\s+/).filter(Boolean);
    const target = form.elements.target.value, label = form.elements.stance.value, flag = form.elements.flag.value;
    let shown = 0;
    items.forEach((item, i) => {
      const fits = terms.every((term) => words[i].includes(term))
        && (!(target || label) || stances[i].some(([t, l]) => (!target || t === target) && (!label || l === label)))
        && (!flag || flags[i].includes(flag));
      item.hidden = !fits;
      if (articles[i]) articles[i].hidden = !fits;
      shown += fits;
    });
    document.getElementById("count").textContent = `${shown} shown`;
  };
  form.addEventListener("input", filter);
  addEventListener("pageshow", filter); // the browser may have filled in the form again
  form.addEventListener("reset", () => setTimeout(filter));
  form.addEventListener("submit", (event) => event.preventDefault());
  // A link of the chart may lead to a document that the filter hides.
  addEventListener("hashchange", () => {
    const target = document.querySelector(":target");
    if (!target?.closest("article")?.hidden) return;
    form.reset();
    filter();
    target.scrollIntoView();
  });
}

// Up and down move from sentence to sentence.
document.addEventListener("keydown", (event) => {
  const row = event.target.closest?.(".text tr");
  const next = { ArrowDown: row?.nextElementSibling, ArrowUp: row?.previousElementSibling }[event.key];
  if (next) {
    next.focus();
    event.preventDefault();
  }
});

// Word links: a word lights those that it is linked with.
const light = (event, on) => {
  const link = event.target.closest?.("[data-links]");
  if (!link) return;
  const wanted = link.dataset.links.split(" ");
  all("[data-links]", link.closest("tr"))
    .filter((word) => word.dataset.links.split(" ").some((one) => wanted.includes(one)))
    .forEach((word) => word.classList.toggle("linked", on));
};
document.addEventListener("mouseover", (event) => light(event, true));
document.addEventListener("mouseout", (event) => light(event, false));

// The brief, to the clipboard or into a file.
const copy = async (text) => {
  try {
    await navigator.clipboard.writeText(text);
  } catch { // no permission, or a browser that takes file: for an insecure place
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    if (!done) throw new Error("not copied");
  }
};
document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("button");
  if (!button) return;
  const status = button.parentElement.querySelector(".done");
  if (button.dataset.copy) {
    const text = document.getElementById(button.dataset.copy).value;
    await copy(text).then(() => (status.textContent = "Copied"), () => (status.textContent = "Not copied"));
  } else if (button.dataset.download) {
    const text = document.getElementById(button.dataset.download).value;
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "text/markdown" }));
    link.download = `${button.dataset.name.replace(/[^\w.-]+/g, "-")}.md`;
    link.click();
    URL.revokeObjectURL(link.href);
  }
});
