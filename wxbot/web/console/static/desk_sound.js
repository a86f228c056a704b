/* 会话: what rings, until the page is touched. Tones of our own making; scheduled ahead, so a tab in the background
   rings on time. Nothing rings for the talk that is open and looked at. */
"use strict";
(() => {
  const desk = window.wxDesk;
  if (!desk) return;
  const { root, all } = desk;
  const TONES = { /* class → notes (Hz), seconds between repeats, loudness */
    message: { notes: [880, 1175], every: 6, gain: 0.12 },
    offer: { notes: [659, 880, 1047], every: 4, gain: 0.2 },
    late: { notes: [1047, 784, 1047, 784], every: 3, gain: 0.3 },
  };
  const ORDER = ["late", "offer", "message"]; /* the most urgent is what rings */
  const AHEAD = 90; /* seconds that are scheduled at once */

  let context = null;
  let playing = { kind: "", until: 0, nodes: [] };
  const touched = new Set(); /* bells that were heard */
  const name = (bell) => `${bell.dataset.bell}:${bell.dataset.contact}:${bell.dataset.mark}`;
  const before = (contact) => contact === desk.contact() && document.visibilityState === "visible" && document.hasFocus()
    && (root.dataset.view !== "list" || window.matchMedia("(min-width: 761px)").matches);

  const note = (frequency, at, gain) => {
    const tone = context.createOscillator();
    const loud = context.createGain();
    tone.type = "sine";
    tone.frequency.value = frequency;
    loud.gain.setValueAtTime(0.0001, at);
    loud.gain.exponentialRampToValueAtTime(gain, at + 0.02);
    loud.gain.exponentialRampToValueAtTime(0.0001, at + 0.22);
    tone.connect(loud).connect(context.destination);
    tone.start(at);
    tone.stop(at + 0.25);
    playing.nodes.push(tone);
  };
  const stop = () => {
    for (const each of playing.nodes) { try { each.stop(); } catch { /* over */ } }
    playing = { kind: "", until: 0, nodes: [] };
  };
  const schedule = (kind) => {
    const { notes, every, gain } = TONES[kind];
    const start = context.currentTime + 0.05;
    playing = { kind, until: start + AHEAD, nodes: [] };
    for (let at = start; at < start + AHEAD; at += every) notes.forEach((each, place) => note(each, at + place * 0.16, gain));
  };
  const ring = () => {
    const bells = all("[data-bell]").filter((bell) => !touched.has(name(bell)) && !before(bell.dataset.contact));
    const kind = ORDER.find((each) => bells.some((bell) => bell.dataset.bell === each)) ?? "";
    root.dataset.ringing = kind;
    desk.one("[data-sound-hint]").hidden = !kind || context?.state === "running"; /* browsers are silent until a gesture */
    if (!context || context.state !== "running") return;
    if (kind === playing.kind && (!kind || context.currentTime < playing.until - 5)) return;
    stop();
    if (kind) schedule(kind);
  };
  const hush = () => {
    for (const bell of all("[data-bell]")) touched.add(name(bell));
    ring();
  };
  const unlock = () => {
    context ??= new AudioContext();
    root.dataset.sound = "on";
    if (context.state !== "running") context.resume().then(ring).catch(() => {});
  };
  for (const gesture of ["pointerdown", "keydown"]) {
    document.addEventListener(gesture, (event) => { if (event.isTrusted) { unlock(); hush(); } }, true);
  }
  desk.on("placed", (part) => { if (part === "bells") ring(); });
  desk.on("opened", ring);
  desk.on("tick", ring);
  window.addEventListener("focus", ring);
  window.addEventListener("pagehide", stop);
})();
