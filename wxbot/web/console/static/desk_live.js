/* 会话: what keeps the page true: hints from the server, signs of life to it, running clocks, the title's counter. */
"use strict";
(() => {
  const desk = window.wxDesk;
  if (!desk) return;
  const { root, one, all, base } = desk;
  const BEAT = 20; /* seconds between signs of life; one is good for 45 */
  const RETRY = [1, 2, 5, 10, 20]; /* seconds */

  /* -- the device: one per tab ----------------------------------------------------------------------------------- */
  const device = (() => {
    let id = sessionStorage.getItem("desk-device");
    if (!id) {
      id = [...crypto.getRandomValues(new Uint8Array(12))].map((each) => each.toString(16).padStart(2, "0")).join("");
      sessionStorage.setItem("desk-device", id);
    }
    return id;
  })();
  let wroteAt = -Infinity;
  let beatAt = -Infinity;
  const looking = () => (document.visibilityState === "visible" && root.dataset.view !== "list" ? desk.contact() : wide() && document.visibilityState === "visible" ? desk.contact() : "");
  const wide = () => window.matchMedia("(min-width: 761px)").matches;
  const sign = (left = false) => {
    const body = new URLSearchParams({ csrf: desk.csrf(), device, contact: looking() });
    if (performance.now() - wroteAt < 12000) body.set("writes", "yes");
    if ("silently" in (one('[data-part="bar"]')?.dataset ?? {})) body.set("silently", "yes");
    if (left) body.set("left", "yes");
    return body;
  };
  const beat = () => {
    beatAt = performance.now();
    desk.call(`${base}/here`, { body: sign(), quiet: true }).catch(() => {});
  };
  desk.on("opened", beat);
  desk.on("typed", () => {
    const first = performance.now() - wroteAt > 5000;
    wroteAt = performance.now();
    if (!first) return;
    beat();
    if (one(".box")?.dataset.mode === "reply") desk.call(`${base}/${desk.contact()}/typing`, { body: new URLSearchParams(), quiet: true }).catch(() => {});
  });
  document.addEventListener("visibilitychange", () => { beat(); look(); });
  window.addEventListener("pagehide", () => navigator.sendBeacon(`${base}/here`, sign(true)));

  /* -- what is before one's eyes is read ----------------------------------------------------------------------------- */
  const focused = () => document.visibilityState === "visible" && document.hasFocus();
  let asking = false;
  const look = async () => {
    const bar = one('[data-part="bar"]');
    if (asking || !focused() || !bar || !Number(bar.dataset.unread) || root.dataset.view === "list" && !wide()) return;
    asking = true;
    try {
      await desk.call(`${base}/${desk.contact()}/seen`, { body: new URLSearchParams(), quiet: true });
      bar.dataset.unread = "0";
      desk.refreshList();
    } catch { /* at the next look */ }
    asking = false;
  };
  window.addEventListener("focus", look);
  desk.on("placed", (name) => { if (name === "bar") look(); });
  desk.on("opened", look);

  /* -- hints --------------------------------------------------------------------------------------------------------- */
  const link = one("[data-link]");
  const say = (state, words) => {
    link.dataset.state = state;
    link.hidden = state === "open";
    link.replaceChildren(words);
    if (state !== "lost") return;
    const again = document.createElement("button");
    again.textContent = "立即重连";
    again.type = "button";
    again.addEventListener("click", connect);
    link.append(again);
  };
  let source = null;
  let last = "";
  let tries = 0;
  let retryAt = Infinity;
  /* a row shows its episode and who looks: a line of a talk without one, as most are, changes no list; neither does what
     goes on in a colleague's talk while it stays theirs, but for 全部 */
  const changesList = (told) => {
    if (told.change === "presence") return true;
    if (told.change !== "episode") return false;
    return told.moved || !told.owner || told.owner === root.dataset.account || desk.listName() === "all";
  };
  const hint = (event) => {
    last = event.lastEventId || last;
    let told;
    try { told = JSON.parse(event.data); } catch { return; }
    if (told.change === "reset") { desk.refreshList(); desk.refreshWholeTalk(); return; }
    const here = told.contact && told.contact === desk.contact();
    if (changesList(told)) desk.refreshList();
    if (here && told.change === "media") desk.refreshWholeTalk();
    else if (here) desk.refreshTalk();
    if (here && (told.change === "note" || told.change === "episode")) desk.refreshSide();
  };
  const connect = () => {
    source?.close();
    retryAt = Infinity;
    source = new EventSource(`${base}/events${last ? `?after=${encodeURIComponent(last)}` : ""}`);
    source.addEventListener("open", () => {
      if (tries || link.dataset.state === "lost") { desk.refreshList(); desk.refreshTalk(); }
      tries = 0;
      say("open", "");
    });
    source.addEventListener("hint", hint);
    source.addEventListener("error", () => {
      if (source.readyState === EventSource.CONNECTING) { tries += 1; say("again", "正在重连…"); return; }
      const wait = RETRY[Math.min(tries, RETRY.length - 1)];
      tries += 1;
      retryAt = performance.now() + wait * 1000;
      say("lost", "已断开，新消息不会自动出现");
    });
  };
  window.addEventListener("offline", () => say("lost", "网络断开了"));
  window.addEventListener("online", connect);
  window.addEventListener("pagehide", () => source?.close());
  window.addEventListener("pageshow", (event) => { if (event.persisted) connect(); });

  const two = (number) => String(number).padStart(2, "0");
  const waited = (seconds) => (seconds >= 3600 ? `${Math.floor(seconds / 3600)}小时${two(Math.floor(seconds / 60) % 60)}分` : `${Math.floor(seconds / 60)}:${two(seconds % 60)}`);

  /* -- clocks ---------------------------------------------------------------------------------------------------------- */
  const started = new WeakMap(); /* when a row's time was told to us */
  const running = () => {
    for (const clock of all("[data-waited][data-ticks]")) {
      if (!started.has(clock)) started.set(clock, performance.now());
      const seconds = Math.floor(Number(clock.dataset.waited) + (performance.now() - started.get(clock)) / 1000);
      clock.textContent = waited(seconds);
      const row = clock.closest(".desk-row");
      row.classList.toggle("row-late", seconds >= Number(row.dataset.late));
      row.classList.toggle("row-ring", seconds >= Number(row.dataset.ring) && seconds < Number(row.dataset.late));
    }
    for (const hint of all("[data-left]")) {
      if (!started.has(hint)) started.set(hint, performance.now());
      if (performance.now() - started.get(hint) >= Number(hint.dataset.left) * 1000) hint.remove();
    }
    for (const left of all("[data-countdown]")) {
      if (!started.has(left)) started.set(left, performance.now());
      const seconds = Math.ceil(Number(left.dataset.countdown) - (performance.now() - started.get(left)) / 1000);
      left.textContent = seconds > 0 ? `${seconds} 秒后发出` : "正在发送…";
      if (seconds <= 0 && !left.dataset.over) {
        left.dataset.over = "yes";
        one("[data-take-back]", left.closest("li"))?.remove();
      }
    }
  };
  const title = document.title;
  const count = () => {
    const unread = Number(one(".desk-tabs")?.dataset.unread ?? 0);
    const name = one(".thread-name")?.textContent ?? "";
    const plain = name ? `${name} · 会话` : title.replace(/^\(\d+\) /, "");
    document.title = unread ? `(${unread}) ${plain}` : plain;
  };
  const marked = () => {
    const here = desk.contact();
    for (const row of all(".desk-row")) row.classList.toggle("row-open", row.dataset.contact === here && Boolean(here));
  };
  desk.on("placed", (name) => { if (name === "tabs") count(); if (name === "rows") { marked(); running(); } if (name === "unsettled" || name === "typing") running(); });
  desk.on("opened", () => { count(); marked(); });

  let seconds = 0;
  const tick = () => {
    seconds += 1;
    running();
    desk.emit("tick");
    const now = performance.now();
    if (now - beatAt >= BEAT * 1000 - 500) beat();
    if (now >= retryAt) connect();
    const away = !source || source.readyState !== EventSource.OPEN;
    if (seconds % (away ? 15 : 60) === 0) { desk.refreshList(); desk.refreshTalk(); desk.refreshSide(); } /* what was promised is late meanwhile */
  };
  const timer = new Worker(root.dataset.timer);
  timer.addEventListener("message", tick);
  document.addEventListener("DOMContentLoaded", connect);
})();
