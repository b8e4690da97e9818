// Comforts on top of pages that work without them: theme without a reload, copying ids, rows by keyboard.

for (const form of document.querySelectorAll("form[data-theme-switch]")) {
  form.addEventListener("submit", async (event) => {
    const chosen = event.submitter?.value;
    if (!chosen) return;
    event.preventDefault();
    const data = new FormData(form, event.submitter);
    const answer = await fetch(form.action, { method: "POST", body: data, headers: { "X-Requested-With": "fetch" } });
    if (!answer.ok) return form.submit();
    document.documentElement.dataset.theme = chosen;
    for (const button of form.querySelectorAll("button")) button.setAttribute("aria-pressed", String(button.value === chosen));
  });
}

for (const source of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) break;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "link-button copy";
  button.textContent = source.dataset.copyLabel;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(source.dataset.copy);
    button.textContent = source.dataset.copied;
    setTimeout(() => { button.textContent = source.dataset.copyLabel; }, 2000);
  });
  source.after(button);
}

// j and k walk the rows of a list, as in a mail program; Enter follows the row's link by itself.
document.addEventListener("keydown", (event) => {
  if (!["j", "k"].includes(event.key) || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, select, textarea")) return;
  const links = [...document.querySelectorAll("table[data-rows] tbody th a")];
  if (!links.length) return;
  const here = links.indexOf(document.activeElement);
  links.at(event.key === "j" ? Math.min(here + 1, links.length - 1) : Math.max(here - 1, 0)).focus();
});

for (const menu of document.querySelectorAll("details.account")) {
  document.addEventListener("click", (event) => { if (!menu.contains(event.target)) menu.open = false; });
  menu.addEventListener("keydown", (event) => { if (event.key === "Escape") { menu.open = false; menu.querySelector("summary").focus(); } });
}
