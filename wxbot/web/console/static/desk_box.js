/* 会话: where one writes. Drafts on the server, what stands against a text, taking back. */
"use strict";
(() => {
  const desk = window.wxDesk;
  if (!desk) return;
  const { one, all, base } = desk;
  const box = () => one(".box");
  const field = (mode = box()?.dataset.mode) => one(`.box-${mode} [data-text]`);
  const address = (part) => `${box().dataset.base}/${part}`;
  const put = (area, text, caret = text.length) => {
    area.value = text;
    area.setSelectionRange(caret, caret);
    area.dispatchEvent(new Event("input", { bubbles: true }));
  };

  /* -- an input method composes: Enter belongs to it. Safari ends the composition before its keydown (229). --------- */
  let composing = false;
  let endedAt = -Infinity;
  document.addEventListener("compositionstart", () => { composing = true; });
  document.addEventListener("compositionend", (event) => { composing = false; endedAt = event.timeStamp; });
  const composes = (event) => event.isComposing || event.keyCode === 229 || composing || Math.abs(event.timeStamp - endedAt) < 30;
  desk.composes = composes;

  /* -- reply and note: two forms; the text goes along when the mode is changed by hand ------------------------------- */
  const mode = (name, { carry = true } = {}) => {
    const it = box();
    if (!it || it.dataset.mode === name) { field()?.focus(); return; }
    const from = field();
    it.dataset.mode = name;
    const to = field();
    if (carry && from?.value && !to.value) { put(to, from.value); from.value = ""; }
    to.focus();
    save(true);
  };
  Object.assign(desk, { mode, field, put });
  document.addEventListener("click", (event) => {
    const to = event.target.closest("[data-mode-to]")?.dataset.modeTo;
    if (to) { desk.view("thread"); mode(to, { carry: event.target.closest(".box") !== null }); }
  });
  const joined = (typed, words) => (typed.trim() ? `${words}\n${typed}` : words);
  const allowed = () => { /* the box follows what may be done with the talk now */
    const it = box();
    const meter = one('[data-part="meter"]');
    if (!it || !meter) return;
    const free = ["free", "last"].includes(meter.dataset.box);
    const area = field("reply");
    area.disabled = !free;
    for (const button of all(".box-reply button:not([data-mode-to])")) button.disabled = !free;
    if (!free && it.dataset.mode === "reply" && ["theirs", "gone"].includes(meter.dataset.box) && !area.value) it.dataset.mode = "note";
  };
  desk.on("placed", (name) => { if (name === "meter") allowed(); });
  desk.on("opened", () => { if (box()) { allowed(); unshelve(); grow(); } });

  /* -- drafts ------------------------------------------------------------------------------------------------------------ */
  let dirty = false;
  let saving = Promise.resolve();
  let timer = 0;
  /* What the server has not acknowledged yet is also kept in this tab: a reload may be quicker than the last save. */
  const shelf = (it = box()) => `desk-draft:${it.dataset.base}`;
  const shelve = () => {
    const it = box();
    sessionStorage.setItem(shelf(it), JSON.stringify({ text: field().value, mode: it.dataset.mode, edit: Number(it.dataset.edit) }));
  };
  const unshelve = () => {
    const it = box();
    const kept = it && sessionStorage.getItem(shelf(it));
    if (!kept) return;
    sessionStorage.removeItem(shelf(it));
    const { text, mode: name, edit } = JSON.parse(kept);
    if (Number(it.dataset.edit) > edit || !text) return; /* it arrived, or another window went on with it */
    it.dataset.mode = name;
    if (field().value !== text) put(field(), text);
  };
  const body = () => new URLSearchParams({ csrf: desk.csrf(), text: field().value, note: box().dataset.mode === "note" ? "yes" : "", edit: box().dataset.edit });
  const tell = (words) => all("[data-saved]").forEach((each) => each.replaceChildren(words));
  const save = (now = false) => {
    window.clearTimeout(timer);
    if (!now) { timer = window.setTimeout(() => save(true), 600); return saving; }
    const it = box();
    if (!it || !dirty) return saving;
    dirty = false;
    const [to, sent] = [address("draft"), body()];
    saving = saving.then(async () => {
      sent.set("edit", it.dataset.edit);
      try {
        const kept = JSON.parse(await desk.call(to, { body: sent, quiet: true }));
        if (kept.refused) { tell(kept.refused); return; } /* what was typed stays here */
        it.dataset.edit = kept.edit;
        if (!dirty) sessionStorage.removeItem(shelf(it));
        if (kept.stale) offer(kept);
        else tell("草稿已保存");
      } catch { dirty = true; tell("草稿还没有保存，连上后会再试"); }
    });
    return saving;
  };
  const offer = (kept) => {
    const use = document.createElement("button");
    use.type = "button";
    use.className = "btn btn-sm";
    use.textContent = "用那一份";
    use.addEventListener("click", () => { put(field(), kept.text); tell(""); });
    tell("");
    one(".box:not([hidden]) .box-" + box().dataset.mode + " [data-saved]").replaceChildren("您在另一个窗口写过 ", use);
  };
  desk.on("leaving", () => { save(true); });
  desk.on("tick", () => { if (dirty && !timer) save(true); });
  document.addEventListener("focusout", (event) => { if (event.target.matches?.("[data-text]")) save(true); });
  window.addEventListener("pagehide", () => {
    if (!box() || !dirty) return;
    navigator.sendBeacon(address("draft"), body());
    dirty = false;
  });

  /* -- typing: grow, keep, check ------------------------------------------------------------------------------------------- */
  const grow = () => {
    const area = field();
    if (!area) return;
    area.style.height = "auto"; /* set by script, which the policy allows */
    area.style.height = `${Math.min(area.scrollHeight + 2, 190)}px`;
  };
  let checked = null; /* the text that the findings are about */
  let checking = 0;
  let asked = 0;
  const check = async () => {
    const area = field("reply");
    const mine = ++asked;
    if (!box() || box().dataset.mode !== "reply") return;
    const text = area.value;
    if (!text.trim()) { one('[data-part="findings"]')?.replaceChildren(); one("[data-reason]").hidden = true; return; }
    try {
      const html = await desk.call(address("check"), { body: new URLSearchParams({ text }), quiet: true });
      if (mine === asked && area.value === text) { checked = text; desk.place(html); }
    } catch { /* asked again when it is sent */ }
  };
  document.addEventListener("input", (event) => {
    if (!event.target.matches?.("[data-text]")) return;
    dirty = true;
    shelve();
    tell("");
    grow();
    save();
    desk.emit("typed");
    window.clearTimeout(checking);
    checking = window.setTimeout(check, 350);
  });

  /* -- the better sentence -------------------------------------------------------------------------------------------------- */
  const better = (button) => {
    const area = field("reply");
    if (area.value !== checked) { check(); return; } /* the places are those of another text: looked for anew */
    const letters = Array.from(area.value);
    const { start, end, instead } = button.dataset;
    const head = letters.slice(0, Number(start)).join("") + instead;
    put(area, head + letters.slice(Number(end)).join(""), head.length);
    blank(area, instead, head.length - instead.length);
    area.focus();
  };
  const blank = (area, words, from) => { /* a blank to fill is chosen: typing takes its place */
    const found = /〔[^〕]*〕/.exec(words);
    if (found) area.setSelectionRange(from + found.index, from + found.index + found[0].length);
  };
  desk.better = (number) => { const button = all("[data-instead]")[number - 1]; if (button) better(button); return Boolean(button); };
  document.addEventListener("click", (event) => { const button = event.target.closest("[data-instead]"); if (button) better(button); });

  /* -- after sending --------------------------------------------------------------------------------------------------------- */
  desk.on("done", ({ form, outcome }) => {
    const said = outcome.dataset;
    if ("sent" in said || "noted" in said) {
      for (const key of all(".box input[name=key]")) key.value = said.key;
      box().dataset.edit = said.edit;
      if (form.closest(".box")) {
        put(one("[data-text]", form), "");
        window.clearTimeout(timer);
        window.clearTimeout(checking);
        dirty = false;
        sessionStorage.removeItem(shelf());
        asked += 1;
        const later = one("[name=at]", form);
        if (later) { later.value = ""; later.closest("details").open = false; }
        const why = one("[name=overriding]", form);
        if (why) { why.value = ""; why.closest("[data-reason]").hidden = true; }
        one('[data-part="findings"]')?.replaceChildren();
        one("[data-text]", form).focus();
      }
      desk.toEnd();
    }
    if (said.box) { mode("reply", { carry: false }); put(field("reply"), joined(field("reply").value, said.box)); field("reply").focus(); }
    if (form?.dataset.then) afterwards(form.dataset.then);
  });
  desk.on("refused", ({ form }) => {
    if (!form?.matches("[data-reply]")) return;
    checked = field("reply").value;
    const reason = one("[data-reason]", form);
    const warned = one(".finding-warn", form) && !one(".finding-block", form);
    reason.hidden = !warned;
    if (warned) one("input", reason).focus();
    else field("reply").focus();
  });
  /* A farewell was sent: when it has left, the dialog shows what the ending has become. */
  let then = "";
  const afterwards = (url) => { then = url; desk.dialog.close(); desk.notice("已发出，送达后继续"); };
  desk.on("placed", async (name) => {
    if (name !== "unsettled" || !then || one('[data-part="unsettled"] li')) return;
    const url = then;
    then = "";
    if (url.startsWith(`${base}/${desk.contact()}/`)) { try { desk.place(await desk.call(url)); } catch { /* said */ } }
  });
  const takeBack = () => {
    const forms = all(".say-held [data-take-back]");
    const last = forms.at(-1);
    if (last) desk.act(last);
    return Boolean(last);
  };

  /* -- keys in the box ------------------------------------------------------------------------------------------------------------ */
  document.addEventListener("keydown", (event) => {
    if (composes(event)) return;
    if (event.key === "Escape" && !one("dialog[open]")) {
      if (takeBack()) { event.preventDefault(); return; }
      if (event.target.matches("[data-text]")) event.target.blur();
      return;
    }
    if (!event.target.matches?.(".box [data-text], .box [name=overriding]") || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key !== "Enter" || event.shiftKey) return;
    event.preventDefault();
    if (field().value.trim()) event.target.form.requestSubmit();
  });
})();
