// Answers by a key: the digit an answer or a line carries chooses it, Enter goes on. Only while the focus is on the
// question, so that a key never answers what somebody is typing into.

const step = document.querySelector(".wizard-step");
const answers = [...step.querySelectorAll(".answers button")];
const boxes = [...step.querySelectorAll(".marks input, fieldset input")];
const onward = step.querySelector("form .actions button");
const keyed = answers.length ? answers : boxes;
const keys = "1234567890";

keyed.forEach((target, place) => {
  const key = keys[place] ?? "";
  if (key) target.setAttribute("aria-keyshortcuts", key);
  (answers.length ? target : target.closest("label, .check")).dataset.key = key;
});

step.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (event.target.closest("textarea, summary, a, input:not([type=checkbox], [type=radio])")) return;
  const chosen = event.key.length === 1 ? keyed[keys.indexOf(event.key)] : undefined;
  if (chosen) {
    event.preventDefault();
    chosen.click();
  } else if (event.key === "Enter" && onward && !event.target.closest("button")) {
    event.preventDefault();
    onward.click();
  }
});
