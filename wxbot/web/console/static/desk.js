/* 会话: asks the server, puts what it answers in its place, opens talks. The other desk files build on this one. */
"use strict";
window.wxDesk = (() => {
  const root = document.querySelector(".desk");
  if (!root) return null;
  const one = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const base = root.dataset.desk;
  one("#notices").classList.add("notices-desk"); /* what is said must not lie over the box */
  const heard = new Map(); /* our own events: name → functions */
  const on = (name, tell) => heard.set(name, [...(heard.get(name) ?? []), tell]);
  const emit = (name, detail) => (heard.get(name) ?? []).forEach((tell) => tell(detail));

  /* -- asking ------------------------------------------------------------------------------------------------ */
  const csrf = () => one('meta[name="csrf"]')?.content ?? "";
  const call = async (url, { body = null, quiet = false } = {}) => {
    let answer;
    try {
      answer = await fetch(url, {
        method: body ? "POST" : "GET",
        body,
        headers: { "HX-Request": "true", "X-CSRF-Token": csrf() },
        credentials: "same-origin",
      });
    } catch (error) {
      if (!quiet) notice("网络断开了，没有发出。写好的内容都还在，恢复后再试一次。", "danger");
      throw error;
    }
    const elsewhere = answer.headers.get("HX-Redirect");
    if (elsewhere) { emit("leaving"); window.location.assign(elsewhere); }
    const text = await answer.text();
    if (!answer.ok) {
      if (!quiet && !elsewhere) refused(text);
      throw new Error(`${answer.status} ${url}`);
    }
    return text;
  };
  const notice = (words, tone = "success") => {
    const box = document.createElement("div");
    box.className = `alert alert-${tone}`;
    box.textContent = words;
    one("#notices").replaceChildren(box);
    window.setTimeout(() => box.remove(), tone === "success" ? 2500 : 12000);
  };
  const refused = (text) => {
    const said = one("[data-notice]", new DOMParser().parseFromString(text, "text/html"));
    notice(said?.textContent.replace(/\s+/g, " ").trim() || "操作没有完成，请刷新页面后再试。", "danger");
  };

  /* -- putting in its place: [data-part] elements take the place of their namesakes; lines are inserted once ---- */
  const before = (line, other) => {
    const apart = Number(line.dataset.at) - Number(other.dataset.at);
    return apart < 0 || (apart === 0 && line.dataset.line < other.dataset.line);
  };
  const insert = (list, line) => {
    const lines = all("[data-line]", list);
    let at = lines.length;
    while (at > 0 && before(line, lines[at - 1])) at -= 1;
    if (at < lines.length) lines[at].before(line);
    else list.append(line);
  };
  const merge = (list, fresh) => {
    const known = new Map(all("[data-line]", list).map((line) => [line.dataset.line, line]));
    for (const line of all("[data-line]", fresh)) {
      const there = known.get(line.dataset.line);
      if (!there) insert(list, line);
      else if (there.innerHTML !== line.innerHTML && !one("details[open], audio", there)) there.replaceWith(line);
    }
  };
  const atEnd = (box) => !box || box.scrollHeight - box.scrollTop - box.clientHeight < 80;
  const toEnd = () => { const box = one("[data-scroll]"); if (box) box.scrollTop = box.scrollHeight; };
  const same = (one, other) => one.outerHTML === other.outerHTML;
  /* What took the place of the element that had the focus has it: a list that is read anew throws nobody out. */
  const MARKS = ["key", "action", "open", "list", "name"];
  const refocus = (within, held) => {
    if (!held || held === document.body) return;
    const fields = all("a, button, input, select, textarea, summary", within);
    const alike = (each) => MARKS.some((mark) => held.dataset[mark] && each.dataset[mark] === held.dataset[mark]);
    const words = held.textContent.trim();
    const found = fields.find(alike) ?? fields.find((each) => words && each.textContent.trim() === words);
    (found ?? one("[data-scroll]"))?.focus({ preventScroll: true });
  };

  const place = (html, form = null) => {
    const holder = document.createElement("template");
    holder.innerHTML = html;
    const stick = atEnd(one("[data-scroll]"));
    let outcome = null;
    for (const part of [...holder.content.children]) {
      const name = part.dataset.part;
      if (name === "outcome") { outcome = part; continue; }
      if (name === "dialog") { show(part); emit("placed", name); continue; }
      if (name === "errors" && !form) continue; /* what was refused is said until the next form is sent */
      const there = name && one(`[data-part="${name}"]`);
      if (!there) continue;
      const said = form ? null : one(":scope > [data-say]", there); /* as for errors: it stays until the next form is sent */
      if (said && !one("[data-say]", part)) part.prepend(said.cloneNode(true));
      if ("merge" in part.dataset) merge(there, part);
      else if (!same(there, part)) {
        const top = there.scrollTop;
        const held = there.contains(document.activeElement) ? document.activeElement : null;
        there.replaceWith(part);
        if (held) refocus(part, held);
        part.scrollTop = top;
        window.htmx?.process(part);
      }
      emit("placed", name);
    }
    if (stick) toEnd();
    if (outcome) settle(outcome, form);
    return outcome;
  };

  /* A message that did not leave says so itself while it stands below; its line of the transcript says it afterwards. */
  const told = () => {
    const ends = new Set(all('[data-part="unsettled"] [data-ends]').flatMap((each) => each.dataset.ends.split(" ")));
    for (const line of all(".say-event[data-line]")) line.hidden = ends.has(line.dataset.line);
  };
  on("placed", (name) => { if (name === "lines" || name === "unsettled") told(); });

  /* -- forms ---------------------------------------------------------------------------------------------------- */
  const dialog = one("[data-dialog]");
  let opener = null;
  dialog.addEventListener("close", () => { /* what opened it may have been replaced meanwhile: then nothing has the focus */
    const has = document.activeElement;
    if (!has || has === document.body || dialog.contains(has)) refocus(root, opener);
  });
  const show = (part) => {
    dialog.replaceChildren(part);
    if (!dialog.open) { opener = document.activeElement; dialog.showModal(); }
    (one("[autofocus]", dialog) ?? one("input:not([type=hidden]), select, textarea", dialog))?.focus();
  };
  const settle = (outcome, form) => {
    const said = outcome.dataset;
    const inDialog = form && dialog.contains(form);
    if ("refused" in said) {
      const errors = inDialog ? one("[data-errors]", form) : null;
      const texts = all('[data-part="errors"] [data-field], [data-part="findings"] .finding-block').map((each) => each.cloneNode(true));
      errors?.replaceChildren(...texts);
      if (!inDialog && form && !form.closest(".box")) one('[data-part="errors"]')?.scrollIntoView({ block: "nearest" });
      emit("refused", { form, outcome });
      if (form?.action.endsWith("/take") && !inDialog && one('[data-part="errors"] [data-field="reason"]')) ask(form.action.replace(/take$/, "ask/take"));
      return;
    }
    if (said.done) notice(said.done);
    if (inDialog && !form.dataset.then) dialog.close();
    emit("done", { form, outcome });
    if ("side" in said) refreshSide();
    if ("closed" in said) { emit("closed"); refreshList(); }
  };
  const ask = async (url) => { try { place(await call(url)); } catch { /* said */ } };
  const stands = () => one('[data-part="bar"]')?.dataset.stands;
  const act = async (form, submitter) => {
    if (form.dataset.busy) return;
    form.dataset.busy = "yes";
    const body = new URLSearchParams(new FormData(form));
    if (submitter?.name) body.set(submitter.name, submitter.value);
    const typed = form.closest("[data-edit]"); /* which draft this window holds: a later one is another window's */
    if (typed) body.set("edit", typed.dataset.edit);
    body.set("after", lastLine());
    try {
      const html = await call(form.action, { body });
      const stood = stands();
      answered += 1;
      place(html, form);
      refreshList();
      if (stands() !== stood) refreshSide(); /* what the right column offers follows from it */
    } catch { /* said already; what was typed is still there */ } finally {
      delete form.dataset.busy;
    }
  };
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.matches?.(".desk-search")) event.preventDefault();
    if (!form.matches?.("[data-act]") || event.defaultPrevented) return;
    event.preventDefault();
    act(form, event.submitter);
  });

  /* -- the talk that is open --------------------------------------------------------------------------------------- */
  const contact = () => one('[data-part="thread"]')?.dataset.contact ?? "";
  const lastLine = () => all('[data-part="lines"] [data-line]').filter((line) => !line.dataset.line.startsWith("note:")).at(-1)?.dataset.line ?? "";
  let turn = 0;
  const open = async (id, { push = true, line = "" } = {}) => {
    emit("leaving");
    if (dialog.open) dialog.close();
    const mine = ++turn;
    let html;
    try { html = await call(`${base}/${id}`); } catch { return; }
    if (mine !== turn) return;
    place(html);
    if (push) history.pushState({ contact: id }, "", `${base}/${id}`);
    root.dataset.view = "thread";
    toEnd();
    const wanted = line && one(`[data-line="${CSS.escape(line)}"]`);
    if (wanted) { wanted.classList.add("sought"); wanted.scrollIntoView({ block: "center" }); }
    emit("opened", id);
  };
  const view = (name) => { root.dataset.view = name; };
  window.addEventListener("popstate", () => {
    const id = window.location.pathname.slice(base.length + 1);
    if (id) open(id, { push: false });
    else view("list");
  });

  /* -- reading anew: at most one request of a kind at a time, at most every so often; sooner while answers come quickly */
  let answered = 0; /* forms: a reading that began before the last of them may show what stood before it */
  const throttled = (every, read) => {
    let running = false;
    let again = false;
    let last = 0;
    let timer = 0;
    let took = 0;
    const run = async () => {
      timer = 0;
      if (running) { again = true; return; }
      running = true;
      last = performance.now();
      const known = answered;
      const late = () => { if (known === answered) return false; again = true; return true; };
      try { await read(late); } catch { /* the next hint or tick reads again */ }
      running = false;
      took = performance.now() - last;
      if (again) { again = false; ask(); }
    };
    const ask = () => {
      if (timer) return;
      const pause = Math.min(every, Math.max(every / 4, 4 * took));
      const wait = Math.max(0, last + pause - performance.now());
      if (wait) timer = window.setTimeout(run, wait);
      else run();
    };
    return ask;
  };
  const listName = () => one(".desk-tabs [aria-current]")?.dataset.list ?? "waiting";
  let wantedList = "";
  const refreshList = throttled(700, async (late) => {
    const name = wantedList || listName();
    const html = await call(`${base}/list?list=${name}`, { quiet: true });
    if (!late() && (!wantedList || wantedList === name)) { wantedList = ""; place(html); }
  });
  const chooseList = (name) => { wantedList = name; view("list"); refreshList(); };
  const refreshTalk = throttled(300, async (late) => {
    const id = contact();
    if (!id) return;
    const entire = whole;
    whole = false;
    const html = await call(`${base}/${id}/lines?after=${encodeURIComponent(entire ? "" : lastLine())}`, { quiet: true });
    if (late()) whole ||= entire;
    else if (id === contact()) place(html);
  });
  let whole = false;
  const refreshWholeTalk = () => { whole = true; refreshTalk(); };
  const refreshSide = throttled(1000, async (late) => {
    const id = contact();
    if (!id) return;
    const html = await call(`${base}/${id}/side`, { quiet: true });
    if (!late() && id === contact()) place(html);
  });

  /* -- clicks --------------------------------------------------------------------------------------------------------- */
  document.addEventListener("click", async (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    const link = event.target.closest("a, button");
    if (!link || !(root.contains(link))) return;
    const said = link.dataset;
    if ("open" in said) { event.preventDefault(); open(said.open, { line: said.line ?? "" }); return; }
    if ("list" in said) { event.preventDefault(); chooseList(said.list); return; }
    if ("show" in said) { event.preventDefault(); view(said.show); if (said.show === "list") history.pushState({}, "", base); return; }
    if ("close" in said) { event.preventDefault(); dialog.close(); return; }
    if ("ask" in said) { event.preventDefault(); ask(link.href); return; }
    if ("older" in said) {
      event.preventDefault();
      const box = one("[data-scroll]");
      const height = box.scrollHeight;
      const html = await call(link.href);
      const holder = document.createElement("template");
      holder.innerHTML = html;
      link.closest("li").replaceWith(...all("li", holder.content).filter((each) => each.parentElement?.dataset.part === "lines"));
      box.scrollTop += box.scrollHeight - height;
      return;
    }
    if ("more" in said) {
      event.preventDefault();
      const holder = document.createElement("template");
      holder.innerHTML = await call(link.href);
      link.closest("li").replaceWith(...all('[data-part="rows"] > li', holder.content));
      emit("placed", "rows");
    }
  });

  /* -- the search -------------------------------------------------------------------------------------------------------- */
  const search = one("[data-desk-search]");
  const results = one("[data-found]");
  let sought = 0;
  const find = async () => {
    const mine = ++sought;
    const query = search.value.trim();
    if (!query) { results.replaceChildren(); return; }
    try {
      const html = await call(`${base}/found?q=${encodeURIComponent(query)}`, { quiet: true });
      if (mine === sought) results.innerHTML = html;
    } catch { /* the next letter asks again */ }
  };
  let waiting = 0;
  search?.addEventListener("input", () => { window.clearTimeout(waiting); waiting = window.setTimeout(find, 200); });
  search?.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key === "Escape") { search.value = ""; results.replaceChildren(); search.blur(); }
    if (event.key === "Enter") { event.preventDefault(); one("a", results)?.click(); }
    if (event.key === "ArrowDown") { event.preventDefault(); one("a", results)?.focus(); }
  });
  on("opened", () => { if (search) search.value = ""; results?.replaceChildren(); });
  on("closed", () => { if (dialog.open) dialog.close(); });

  document.addEventListener("DOMContentLoaded", () => { toEnd(); emit("opened", contact()); emit("placed", "rows"); emit("placed", "tabs"); emit("placed", "bells"); });
  return { root, one, all, base, on, emit, call, ask, csrf, notice, place, act, contact, lastLine, open, view, dialog, toEnd, chooseList, listName, refreshList, refreshTalk, refreshWholeTalk, refreshSide };
})();
