/* 会话: dialogs that follow what happens. 约一个: what is free follows what is chosen; a digit chooses an hour, ← and →
   the day. 完成: what would be said next follows what the patient answers meanwhile. */
"use strict";
(() => {
  const desk = window.wxDesk;
  if (!desk) return;
  const { one, all, base, dialog } = desk;

  /* -- 约一个 ----------------------------------------------------------------------------------------------------- */
  const form = () => one("form[data-hours]", dialog);
  const value = (name) => form().elements[name]?.value ?? "";
  const read = async (names, errors = []) => {
    const query = new URLSearchParams(names.map((name) => [name, value(name)]));
    await desk.ask(`${form().dataset.hours}?${query}`);
    if (form()) one("[data-errors]", form()).replaceChildren(...errors);
  };
  document.addEventListener("change", (event) => {
    if (!event.target.matches?.("[data-again]") || !form()) return;
    read(event.target.name === "kind" ? ["patient_id", "kind"] : ["patient_id", "kind", "day"]);
  });
  desk.on("refused", ({ form: sent }) => { /* the hour went to somebody else meanwhile: what is free now, with why */
    if (sent && sent === form()) read(["patient_id", "kind", "day"], all("[data-errors] > *", sent));
  });
  dialog.addEventListener("keydown", (event) => {
    const place = event.target;
    if (!form() || desk.composes(event) || event.ctrlKey || event.metaKey || event.altKey || place.matches("select, textarea, input[type=text]")) return;
    const hour = all("[name=slot]", form())[Number(event.key) - 1];
    if (hour) { hour.checked = true; hour.focus(); event.preventDefault(); return; }
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
    event.preventDefault(); /* radio buttons would go through the hours with them: ↑ and ↓ do */
    const days = form().elements.day;
    const next = (days?.selectedIndex ?? 0) + (event.key === "ArrowLeft" ? -1 : 1);
    if (!days || next < 0 || next >= days.length) return;
    days.selectedIndex = next;
    read(["patient_id", "kind", "day"]);
  });

  /* -- 完成 ------------------------------------------------------------------------------------------------------- */
  const typed = () => all("input:not([type=hidden]), textarea", dialog).some((field) => field.value !== field.defaultValue);
  let shownAt = ""; /* the latest line when the dialog was shown */
  desk.on("placed", (name) => {
    if (name === "dialog") shownAt = desk.lastLine();
    if (name !== "lines" || !dialog.open || !one("[data-name=close]", dialog) || desk.lastLine() === shownAt) return;
    shownAt = desk.lastLine();
    if (!typed() && !one("form[data-busy]", dialog)) desk.ask(`${base}/${desk.contact()}/ask/close`);
  });
})();
