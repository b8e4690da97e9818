// A review by keyboard, and an honest clock: active while the page is in front and somebody does something,
// idle while it is in front and nobody does, hidden while it is not. Without this module the times are unknown.

const IDLE_AFTER = 60_000;
const form = document.querySelector("form[data-review-form]");

function clock(form) {
  const fields = Object.fromEntries([...form.querySelectorAll("[data-measure]")].map((each) => [each.dataset.measure, each]));
  const spent = Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, Number(field.value) || 0]));
  let since = performance.now();
  let touched = since;
  const settle = () => {
    const now = performance.now();
    if (document.hidden) spent.hidden_ms += now - since;
    else {
      const until = Math.min(Math.max(touched + IDLE_AFTER, since), now);
      spent.active_ms += until - since;
      spent.idle_ms += now - until;
    }
    since = now;
  };
  for (const kind of ["keydown", "pointerdown", "pointermove", "scroll", "wheel"]) {
    addEventListener(kind, () => { settle(); touched = performance.now(); }, { passive: true, capture: true });
  }
  document.addEventListener("visibilitychange", () => {
    // What has passed belongs to the state that just ended.
    const now = performance.now();
    if (document.hidden) {
      const until = Math.min(Math.max(touched + IDLE_AFTER, since), now);
      spent.active_ms += until - since;
      spent.idle_ms += now - until;
    } else {
      spent.hidden_ms += now - since;
      touched = now;
    }
    since = now;
  });
  form.addEventListener("submit", () => {
    settle();
    for (const [name, field] of Object.entries(fields)) field.value = String(Math.round(spent[name]));
  });
}

function choose(form) {
  const show = () => {
    const chosen = form.querySelector("[name=outcome]:checked")?.value ?? "";
    for (const part of form.querySelectorAll("[data-for]")) part.classList.toggle("wanted", part.dataset.for.split(" ").includes(chosen));
  };
  form.toggleAttribute("data-chosen", true); // from here on only what the chosen act needs is shown
  form.addEventListener("change", show);
  show();
  return show;
}

function keys(form, show) {
  const said = form.querySelector("[data-said]");
  const toggle = document.querySelector("[data-shortcuts]");
  toggle.checked = localStorage.getItem("review-keys") !== "off";
  toggle.addEventListener("change", () => localStorage.setItem("review-keys", toggle.checked ? "on" : "off"));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      return form.requestSubmit();
    }
    if (event.ctrlKey || event.metaKey || event.altKey || !toggle.checked) return;
    if (event.target.closest("textarea, select, input:not([type=radio], [type=checkbox])")) return;
    const act = form.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
    if (act) {
      event.preventDefault();
      act.checked = true;
      act.focus();
      show();
      said.textContent = act.closest("label").textContent.trim();
    } else if (event.key === "e") {
      event.preventDefault();
      document.querySelector("[data-open-evidence]")?.click();
    } else if (event.key === "t") {
      event.preventDefault();
      form.querySelector("#id_reason_text").focus();
    }
  });
}

// What was opened is read next: the focus follows it.
document.addEventListener("htmx:afterSwap", (event) => event.detail.elt?.querySelector?.(".evidence-content")?.focus());

if (form) {
  clock(form);
  keys(form, choose(form));
}
const first = document.querySelector("[data-focus]") ?? document.querySelector("[data-take]") ?? document.querySelector("[data-review-heading]");
if (first && !location.hash) first.focus({ preventScroll: !first.matches("[data-focus]") });
