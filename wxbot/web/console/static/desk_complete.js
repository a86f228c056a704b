/* 会话: what is offered at the caret. / in a reply offers canned replies, @ in a note offers colleagues. */
"use strict";
(() => {
  const desk = window.wxDesk;
  if (!desk) return;
  const { one, all, base } = desk;
  const KINDS = { /* what begins it: a sign at the beginning or behind no letter, and what was typed after it */
    reply: { sign: /(^|[^\w/:.])\/([^\s/]{0,20})$/, address: "canned" },
    note: { sign: /(^|[^\w.])[@＠]([^\s@＠]{0,20})$/, address: "colleagues" },
  };
  const modeOf = (area) => (area.closest(".box-note") ? "note" : "reply");
  const list = (area) => one("[data-complete]", area.form);
  const options = (area) => { const it = list(area); return it && !it.hidden ? all("[data-insert]", it) : []; };
  const begun = (area) => KINDS[modeOf(area)].sign.exec(area.value.slice(0, area.selectionStart));

  const hide = (area) => {
    const it = list(area);
    if (!it) return;
    it.hidden = true;
    it.replaceChildren();
    area.removeAttribute("aria-activedescendant");
  };
  const choose = (area, item) => {
    for (const each of options(area)) each.setAttribute("aria-selected", String(each === item));
    if (!item) return;
    area.setAttribute("aria-activedescendant", item.id);
    item.scrollIntoView({ block: "nearest" });
  };
  let asked = 0;
  const offer = async (area) => {
    const found = begun(area);
    const mine = ++asked;
    if (!found) { hide(area); return; }
    const query = new URLSearchParams({ q: found[2], contact: desk.contact() });
    try {
      const html = await desk.call(`${base}/${KINDS[modeOf(area)].address}?${query}`, { quiet: true });
      if (mine !== asked || begun(area)?.[2] !== found[2]) return;
      const it = list(area);
      it.innerHTML = html;
      it.hidden = !it.children.length;
      options(area).forEach((item, place) => { item.id = `offered-${place}`; });
      choose(area, options(area)[0]);
    } catch { hide(area); }
  };
  const use = (area, item) => {
    const found = begun(area);
    const from = found ? found.index + found[1].length : area.selectionStart;
    const head = area.value.slice(0, from) + item.dataset.insert;
    asked += 1; /* an answer on its way is of no use any more */
    desk.put(area, head + area.value.slice(area.selectionStart), head.length);
    const [gap] = JSON.parse(item.dataset.blanks ?? "[]");
    if (gap) area.setSelectionRange(from + gap[0], from + gap[1]);
    if (item.dataset.canned) desk.call(`${base}/canned/${encodeURIComponent(item.dataset.canned)}/used`, { body: new URLSearchParams(), quiet: true }).catch(() => {});
    hide(area);
    area.focus();
  };

  document.addEventListener("input", (event) => {
    if (event.target.matches?.("[data-text]") && !event.isComposing) offer(event.target);
  });
  document.addEventListener("compositionend", (event) => { /* some browsers tell of no input after it */
    if (event.target.matches?.("[data-text]")) offer(event.target);
  });
  document.addEventListener("focusout", (event) => { if (event.target.matches?.("[data-text]")) hide(event.target); });
  document.addEventListener("mousedown", (event) => {
    const item = event.target.closest("[data-complete] [data-insert]");
    if (!item) return;
    event.preventDefault(); /* the caret stays where it is */
    use(one("[data-text]", item.closest("form")), item);
  });
  document.addEventListener("click", (event) => { /* elsewhere: a question of the intake, for the reply */
    const item = event.target.closest("[data-insert]");
    if (!item || item.closest("[data-complete]") || !one(".box")) return;
    desk.view("thread");
    desk.mode("reply", { carry: false });
    use(desk.field("reply"), item);
  });
  document.addEventListener("keydown", (event) => { /* before the keys of the box: they are another file's */
    if (!event.target.matches?.("[data-text]") || desk.composes(event) || event.ctrlKey || event.metaKey || event.altKey) return;
    const area = event.target;
    if (event.key === "Escape" && list(area) && !list(area).hidden) hide(area);
    else if (options(area).length && ["ArrowDown", "ArrowUp"].includes(event.key)) {
      const items = options(area);
      const at = items.findIndex((item) => item.getAttribute("aria-selected") === "true");
      choose(area, items[(at + (event.key === "ArrowDown" ? 1 : -1) + items.length) % items.length]);
    } else if (options(area).length && !event.shiftKey && ["Enter", "Tab"].includes(event.key)) {
      use(area, options(area).find((item) => item.getAttribute("aria-selected") === "true"));
    } else return;
    event.preventDefault();
    event.stopImmediatePropagation();
  });
})();
