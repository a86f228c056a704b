/* 日程: the sheet beside the board, the board drawn again when something changes, the now-line, keys, one doctor on a
   phone. Without it every card and every free quarter of an hour is a link to a page. */
"use strict";
(() => {
  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const dialog = one("#board-dialog");
  const sheet = one("#board-sheet");
  if (!dialog || !sheet) return;
  const grid = one("#board-grid");
  const hooks = { closed: [], drawn: [] };
  const state = { lifting: false, put: false };
  const narrow = () => window.matchMedia("(max-width: 760px)").matches;

  /* -- the sheet ------------------------------------------------------------------------------------------------- */
  let from = ""; /* what has the focus again when the sheet closes */
  const load = (href) => {
    if (!dialog.open) from = document.activeElement?.id ?? "";
    return window.htmx.ajax("GET", href, { target: "#board-sheet", swap: "innerHTML" });
  };
  const close = () => { if (dialog.open) dialog.close(); };
  dialog.addEventListener("close", () => {
    sheet.replaceChildren();
    hooks.closed.forEach((hook) => hook());
    document.getElementById(from)?.focus();
  });
  dialog.addEventListener("click", (event) => { if (event.target === dialog) close(); });
  document.addEventListener("htmx:afterSettle", (event) => { /* not before: htmx hears what is typed only now */
    if (event.detail.target !== sheet || !sheet.childElementCount) return;
    if (!dialog.open) dialog.showModal();
    (one("[autofocus]", sheet) ?? one("[data-sheet-focus]", sheet))?.focus();
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest?.("[data-close]") && dialog.open) { event.preventDefault(); close(); return; }
    const link = event.target.closest?.("a[data-sheet]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    if (state.dragged) return;
    const chosen = "keep" in link.dataset ? one("[name=patient_id]:checked", sheet)?.value : "";
    load(chosen ? `${link.href}&patient_id=${encodeURIComponent(chosen)}` : link.href);
  });
  /* Enter in the search field takes the first who was found; it never books. */
  sheet.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.target.tagName !== "INPUT" || event.ctrlKey || event.metaKey) return;
    if (!event.target.closest(".sheet-new")) return;
    event.preventDefault();
    if (event.target.name === "q") { const first = one("[name=patient_id]", sheet); if (first) { first.checked = true; first.focus(); } }
  });
  /* A patient chosen and a name typed exclude each other. */
  sheet.addEventListener("input", (event) => {
    if (event.target.closest("[data-create]") && event.target.value) all("[name=patient_id]:checked", sheet).forEach((radio) => { radio.checked = false; });
  });
  sheet.addEventListener("change", (event) => {
    if (event.target.name === "patient_id") all("[data-create] input:not([type=checkbox])", sheet).forEach((field) => { field.value = ""; });
  });

  /* -- what was done --------------------------------------------------------------------------------------------- */
  const said = one("#board-said");
  let silence = 0;
  const say = (words) => {
    said.textContent = words;
    window.clearTimeout(silence);
    silence = window.setTimeout(() => { said.textContent = ""; }, 8000);
  };
  document.addEventListener("board-done", (event) => {
    from = event.detail.visit ? `visit-${event.detail.visit}` : from;
    close();
    say(event.detail.words);
  });
  document.addEventListener("board-changed", () => draw());

  /* -- drawn again: the newest answer counts, never while a card is in the hand ------------------------------------- */
  let asked = 0;
  let waiting = false;
  const draw = async () => {
    if (!grid) { if (!dialog.open) window.location.reload(); return; }
    if (state.lifting || state.put) { waiting = true; return; }
    waiting = false;
    const number = ++asked;
    let text;
    try {
      const answer = await fetch(grid.dataset.grid, { headers: { "HX-Request": "true" } });
      if (!answer.ok) return;
      text = await answer.text();
    } catch { return; /* the stream says when the network is back */ }
    if (number !== asked) return;
    if (state.lifting || state.put) { waiting = true; return; }
    const held = grid.contains(document.activeElement) ? document.activeElement.id : "";
    grid.replaceChildren(...new DOMParser().parseFromString(text, "text/html").body.childNodes);
    drawn();
    if (held) document.getElementById(held)?.focus({ preventScroll: true });
    if (from && !dialog.open && document.activeElement === document.body) document.getElementById(from)?.focus({ preventScroll: true });
  };
  const settle = () => { state.lifting = false; state.put = false; if (waiting) draw(); };

  /* -- live ---------------------------------------------------------------------------------------------------------- */
  const link = one("[data-link]");
  let source = null;
  const connect = () => {
    if (!grid) return;
    source?.close();
    source = new EventSource(grid.dataset.events);
    source.addEventListener("changed", () => draw());
    source.addEventListener("open", () => { link.hidden = true; });
    source.addEventListener("error", () => {
      link.hidden = false;
      link.textContent = "连接断开，正在重连…";
      if (source.readyState === EventSource.CLOSED) window.setTimeout(connect, 5000);
    });
  };
  window.addEventListener("pagehide", () => source?.close());
  window.addEventListener("pageshow", (event) => { if (event.persisted) connect(); });

  /* -- the now-line ------------------------------------------------------------------------------------------------- */
  const loaded = performance.now();
  const startMinute = Number(one("[data-minute]")?.dataset.minute ?? NaN);
  const now = () => {
    const board = one("[data-board]");
    const first = Number(board?.dataset.first), last = Number(board?.dataset.last);
    const minute = startMinute + (performance.now() - loaded) / 60000;
    for (const line of all("[data-now]")) {
      line.hidden = !(minute >= first && minute < last);
      line.style.top = `${((minute - first) / (last - first)) * 100}%`;
    }
  };
  window.setInterval(now, 20000);

  /* -- one doctor on a phone: chips and swipes ------------------------------------------------------------------------ */
  let who = one(".board-column.on")?.dataset.who ?? "";
  const show = (next) => {
    if (!next) return;
    who = next;
    for (const each of all(".board-head[data-who], .board-column[data-who]")) each.classList.toggle("on", each.dataset.who === who);
    for (const chip of all("[data-chip]")) {
      if (chip.dataset.chip === who) { chip.setAttribute("aria-current", "true"); chip.scrollIntoView({ block: "nearest", inline: "center" }); } else chip.removeAttribute("aria-current");
    }
    rove();
  };
  document.addEventListener("click", (event) => {
    const chip = event.target.closest?.("[data-chip]");
    if (chip && document.querySelector(`.board-column[data-who="${CSS.escape(chip.dataset.chip)}"]`)) { event.preventDefault(); show(chip.dataset.chip); }
  });
  let touch = null;
  grid?.addEventListener("touchstart", (event) => { touch = event.touches.length === 1 ? { x: event.touches[0].clientX, y: event.touches[0].clientY } : null; }, { passive: true });
  grid?.addEventListener("touchend", (event) => {
    if (!touch || state.lifting || state.dragged || !narrow()) return;
    const dx = event.changedTouches[0].clientX - touch.x, dy = event.changedTouches[0].clientY - touch.y;
    touch = null;
    if (Math.abs(dx) < 60 || Math.abs(dy) > Math.abs(dx) / 2) return;
    const order = all(".board-column[data-who]").map((each) => each.dataset.who);
    show(order[order.indexOf(who) + (dx < 0 ? 1 : -1)]);
  }, { passive: true });

  /* -- keyboard: one stop for the Tab key, arrows inside -------------------------------------------------------------- */
  const lanes = () => all("[data-lane]").filter((lane) => lane.offsetParent !== null);
  const stops = (lane) => all("[data-cell], [data-visit]", lane).sort((a, b) => at(a) - at(b) || ("visit" in b.dataset) - ("visit" in a.dataset));
  const at = (node) => Number(node.dataset.cell ?? node.dataset.at);
  const covered = (cell, lane) => all("[data-visit]", lane).some((card) => at(card) <= at(cell) && at(cell) < at(card) + Number(card.dataset.minutes));
  const rove = () => {
    all("[data-cell], [data-visit]").forEach((each) => { each.tabIndex = -1; });
    const active = document.activeElement?.closest?.("[data-lane]") ? document.activeElement : null;
    const first = active ?? lanes().flatMap((lane) => all("[data-visit], [data-cell]:not(.shut)", lane)).sort((a, b) => ("visit" in b.dataset) - ("visit" in a.dataset))[0] ?? one("[data-cell]");
    if (first) first.tabIndex = 0;
  };
  const go = (node) => {
    if (!node) return;
    all("[data-cell][tabindex='0'], [data-visit][tabindex='0']").forEach((each) => { each.tabIndex = -1; });
    node.tabIndex = 0;
    node.focus();
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || one("dialog[open]") || event.target.closest?.("input, textarea, select")) return;
    const here = document.activeElement?.closest?.("[data-cell], [data-visit]");
    const lane = here?.closest("[data-lane]");
    if (event.key === "n") {
      const target = here?.dataset.cell ? here : lane ? stops(lane).find((each) => "cell" in each.dataset && at(each) >= at(here) && !covered(each, lane)) : null;
      const open = target ?? lanes().flatMap((each) => all("[data-cell]:not(.shut)", each).filter((cell) => !covered(cell, each) && at(cell) >= (startMinute || 0)))[0];
      if (open) { event.preventDefault(); load(open.href); }
      return;
    }
    if (!here) return;
    if (event.key === "m" && "movable" in here.dataset) { event.preventDefault(); load(`${here.href}/move?version=${here.dataset.version}`); return; }
    const inside = stops(lane).filter((each) => "visit" in each.dataset || !covered(each, lane));
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      go(inside[inside.indexOf(here) + (event.key === "ArrowDown" ? 1 : -1)]);
    } else if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
      event.preventDefault();
      const row = lanes();
      const next = row[row.indexOf(lane) + (event.key === "ArrowRight" ? 1 : -1)];
      if (!next) return;
      const there = stops(next).filter((each) => "visit" in each.dataset || !covered(each, next));
      go(there.filter((each) => at(each) <= at(here)).pop() ?? there[0]);
    }
  });

  /* -- after every drawing ---------------------------------------------------------------------------------------------- */
  const drawn = () => {
    if (who) show(one(`.board-column[data-who="${CSS.escape(who)}"]`) ? who : one(".board-column[data-who]")?.dataset.who);
    rove();
    now();
    hooks.drawn.forEach((hook) => hook());
  };
  document.addEventListener("DOMContentLoaded", () => {
    drawn();
    connect();
    if (grid) {
      const line = all("[data-now]").find((each) => each.offsetParent !== null && !each.hidden);
      if (line) grid.scrollTop = Math.max(0, line.offsetTop - grid.clientHeight / 3);
    }
  });
  window.wxBoard = { state, load, settle, hooks, say, dialog, grid };
})();
