/* 会话: the keyboard, and the list of everything that can be done (Ctrl K). */
"use strict";
(() => {
  const desk = window.wxDesk;
  if (!desk) return;
  const { root, one, all } = desk;
  const seen = (node) => node.getClientRects().length > 0 && !node.disabled;
  const typing = (target) => Boolean(target.closest?.("input, textarea, select, [contenteditable]"));
  const press = (key) => {
    const button = all(`[data-key="${key}"]`, root).find((each) => seen(each)) ?? one(`.desk-thread [data-key="${key}"], .desk-side [data-key="${key}"]`);
    button?.click();
    return Boolean(button);
  };

  /* -- through the list --------------------------------------------------------------------------------------------- */
  const move = (by) => {
    const rows = all(".desk-row");
    if (!rows.length) return;
    const at = rows.findIndex((row) => row.dataset.contact === desk.contact());
    const next = rows[at < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(Math.max(at + by, 0), rows.length - 1)];
    next.scrollIntoView({ block: "nearest" });
    desk.open(next.dataset.contact);
  };

  /* -- everything that can be done ------------------------------------------------------------------------------------ */
  const palette = one("[data-palette]");
  const query = one("[data-palette-query]");
  const list = one("[data-palette-list]");
  let offered = [];
  const draw = () => {
    const words = query.value.trim().toLowerCase();
    const shown = offered.filter((each) => each.dataset.action.toLowerCase().includes(words));
    list.replaceChildren(...shown.map((each, place) => {
      const line = document.createElement("li");
      line.append(each.dataset.action);
      if (each.dataset.key) { const key = document.createElement("kbd"); key.textContent = each.dataset.key; line.append(key); }
      line.setAttribute("aria-selected", String(place === 0));
      line.addEventListener("click", () => run(each));
      return line;
    }));
    list.chosen = shown;
  };
  const run = (button) => { palette.close(); button?.click(); };
  const openPalette = () => {
    const known = new Set();
    offered = all("[data-action]", root).filter((each) => !each.disabled && !known.has(each.dataset.action) && known.add(each.dataset.action));
    offered.sort((one, other) => Number(Boolean(one.closest(".desk-left"))) - Number(Boolean(other.closest(".desk-left"))));
    query.value = "";
    draw();
    palette.showModal();
    query.focus();
  };
  query.addEventListener("input", draw);
  query.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229) return;
    const lines = all("li", list);
    const at = lines.findIndex((line) => line.getAttribute("aria-selected") === "true");
    if (event.key === "Enter") { event.preventDefault(); run(list.chosen[at]); }
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      lines[at]?.setAttribute("aria-selected", "false");
      const next = lines[(at + (event.key === "ArrowDown" ? 1 : -1) + lines.length) % lines.length];
      next?.setAttribute("aria-selected", "true");
      next?.scrollIntoView({ block: "nearest" });
    }
  });

  /* -- keys ------------------------------------------------------------------------------------------------------------------ */
  let went = -Infinity; /* g was pressed: the next key is the navigation's */
  document.addEventListener("keydown", (event) => {
    if (desk.composes(event)) return;
    if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      if (!one("dialog[open]")) openPalette();
      return;
    }
    if (one("dialog[open]")) return;
    if (event.altKey && !event.ctrlKey && !event.metaKey) {
      const digit = /^Digit([1-9])$/.exec(event.code);
      if (digit) { if (desk.better(Number(digit[1]))) event.preventDefault(); return; }
      const letter = /^Key([A-Z])$/.exec(event.code)?.[1].toLowerCase();
      if (letter === "n") { event.preventDefault(); desk.mode(one(".box")?.dataset.mode === "note" ? "reply" : "note"); return; }
      if (letter && "abdhptxz".includes(letter)) { event.preventDefault(); press(letter); }
      return;
    }
    if (event.ctrlKey || event.metaKey || typing(event.target)) return;
    if (performance.now() - went < 1200) { went = -Infinity; return; }
    if (event.key === "g") { went = performance.now(); return; }
    const lists = ["waiting", "mine", "all", "later"];
    const done = {
      j: () => move(1),
      k: () => move(-1),
      r: () => desk.mode?.("reply", { carry: false }),
      n: () => desk.mode?.("note", { carry: false }),
    }[event.key] ?? (lists[Number(event.key) - 1] ? () => desk.chooseList(lists[Number(event.key) - 1]) : null)
      ?? ("abdhptxz".includes(event.key) ? () => press(event.key) : null);
    if (!done) return;
    event.preventDefault();
    done();
  });
})();
