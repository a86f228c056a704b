/* 待办: j and k go through the tasks, o opens the one that is chosen, x its chat, as x in a chat notes a task. */
"use strict";
(() => {
  const tasks = () => [...document.querySelectorAll("[data-task]")];
  const typing = (target) => Boolean(target.closest?.("input, textarea, select, [contenteditable]"));
  const chosen = () => {
    const inside = document.activeElement?.closest("[data-task]");
    return inside ?? tasks().find((each) => each.id === decodeURIComponent(window.location.hash.slice(1)));
  };
  const move = (by) => {
    const all = tasks();
    const at = all.indexOf(chosen());
    const next = all[at < 0 ? 0 : Math.min(Math.max(at + by, 0), all.length - 1)];
    if (!next) return;
    next.tabIndex = -1;
    next.focus();
    next.scrollIntoView({ block: "nearest" });
  };
  document.addEventListener("change", (event) => { if ("send" in event.target.dataset) event.target.form.requestSubmit(); });
  let went = -Infinity; /* g was pressed: the next key is the navigation's */
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (typing(event.target) || document.querySelector("dialog[open]")) return;
    if (performance.now() - went < 1200) { went = -Infinity; return; }
    if (event.key === "g") { went = performance.now(); return; }
    if (event.key === "j") move(1);
    else if (event.key === "k") move(-1);
    else if (event.key === "o") (chosen() ?? tasks()[0])?.querySelector("[data-open]")?.click();
    else if (event.key === "x") (chosen() ?? tasks()[0])?.querySelector("[data-talk]")?.click();
  });
})();
