// The inbox by keyboard: a letter opens the form or follows the link that carries it, unless the reader switched that off.

const toggle = document.querySelector("input[data-shortcuts]");
if (toggle) {
  toggle.checked = localStorage.getItem("inbox-keys") !== "off";
  toggle.addEventListener("change", () => localStorage.setItem("inbox-keys", toggle.checked ? "on" : "off"));
  document.addEventListener("keydown", (event) => {
    if (!toggle.checked || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.target.closest("input, select, textarea")) return;
    const chosen = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
    if (!chosen) return;
    event.preventDefault();
    if (chosen.matches("a")) return chosen.click();
    chosen.parentElement.open = true;
    (chosen.parentElement.querySelector("input:not([type=hidden]), select, textarea") ?? chosen).focus();
  });
}
