/* 会话: a photo for the patient, chosen, pasted or dropped. Kind and size are told, and made fit, before it is sent. */
"use strict";
(() => {
  const desk = window.wxDesk;
  if (!desk) return;
  const { one, base } = desk;
  const MOST = 2 * 1024 * 1024; /* bytes; the server says the same */
  const SIDES = [1920, 1280, 960]; /* pixels of the longer side, tried in turn */
  const QUALITY = 0.85;
  const SHOWN = 160; /* pixels of the longer side, before it is sent */
  const KINDS = ["image/jpeg", "image/png"];
  const part = (name) => one(`.box-reply [data-photo${name}]`);
  let ready = null; /* { data, key, contact }: what would be sent */
  let turn = 0;

  const say = (words, { bad = false, sendable = false } = {}) => {
    const it = part("");
    if (!it) return;
    it.hidden = false;
    part("-words").textContent = words;
    part("-words").classList.toggle("box-photo-bad", bad);
    part("-shown").hidden = !sendable;
    part("-send").hidden = !sendable;
    part("-drop").textContent = bad ? "知道了" : "不发了";
  };
  const forget = () => {
    turn += 1;
    ready = null;
    const it = part("");
    if (it) it.hidden = true;
    const file = part("-file");
    if (file) file.value = "";
  };
  const size = (bytes) => (bytes >= 1024 * 1024 ? `${(bytes / 1024 / 1024).toFixed(1)} MB` : `${Math.max(1, Math.round(bytes / 1024))} KB`);
  const draw = (canvas, picture, longest) => {
    const scale = Math.min(1, longest / Math.max(picture.width, picture.height));
    canvas.width = Math.max(1, Math.round(picture.width * scale));
    canvas.height = Math.max(1, Math.round(picture.height * scale));
    const on = canvas.getContext("2d");
    on.fillStyle = "#fff"; /* what was transparent: a JPEG knows no such thing */
    on.fillRect(0, 0, canvas.width, canvas.height);
    on.drawImage(picture, 0, 0, canvas.width, canvas.height);
    return canvas;
  };
  const shrunk = async (picture) => {
    for (const longest of SIDES) {
      const canvas = draw(document.createElement("canvas"), picture, longest);
      const data = await new Promise((done) => { canvas.toBlob(done, "image/jpeg", QUALITY); });
      if (data && data.size <= MOST) return data;
    }
    return null;
  };
  const take = async (file) => {
    if (!part("") || part("-pick").disabled) return;
    desk.mode("reply", { carry: false });
    forget();
    const mine = turn;
    if (!file.type.startsWith("image/")) {
      say(`「${file.name}」不是图片，微信里只能发 JPG 或 PNG 图片。`, { bad: true });
      return;
    }
    say("正在读取图片…");
    let picture;
    try { picture = await createImageBitmap(file); } catch {
      if (mine === turn) say(`「${file.name || "这张图片"}」打不开，请换成 JPG 或 PNG 图片。`, { bad: true });
      return;
    }
    const fits = KINDS.includes(file.type) && file.size <= MOST;
    const data = fits ? file : await shrunk(picture);
    if (mine !== turn) return;
    if (!data) { say("图片太大，压缩后仍超过 2 MB，请换一张。", { bad: true }); return; }
    draw(part("-shown"), picture, SHOWN);
    picture.close();
    ready = { data, key: crypto.getRandomValues(new Uint32Array(4)).join("-"), contact: desk.contact() };
    say(fits ? `${file.name} · ${size(data.size)}` : `${file.name} · ${size(file.size)}，已转成 JPG（${size(data.size)}）`, { sendable: true });
    part("-send").focus();
  };
  const send = async () => {
    const it = ready;
    if (!it || it.contact !== desk.contact() || part("-send").disabled) return;
    part("-send").disabled = true;
    const body = new FormData();
    body.set("photo", it.data, "photo");
    const query = new URLSearchParams({ key: it.key, after: desk.lastLine() });
    try {
      const html = await desk.call(`${base}/${it.contact}/photo?${query}`, { body });
      const outcome = desk.place(html);
      if (outcome && "photoSent" in outcome.dataset) {
        forget();
        desk.toEnd();
        one(".box-reply [data-text]")?.focus();
        desk.refreshList();
        desk.refreshSide();
      } else say(one('[data-part="errors"]', new DOMParser().parseFromString(html, "text/html"))?.textContent.trim() || "没有发出，请再试一次。", { bad: true });
    } catch { /* said already; the photo is still there to be sent again, under the same key */ } finally {
      const button = part("-send");
      if (button) button.disabled = false;
    }
  };

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-photo-pick]")) { desk.view("thread"); part("-file").click(); }
    if (event.target.closest("[data-photo-drop]")) { forget(); one(".box-reply [data-text]")?.focus(); }
    if (event.target.closest("[data-photo-send]")) send();
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches?.("[data-photo-file]") && event.target.files.length) take(event.target.files[0]);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !event.target.closest?.("[data-photo]")) return;
    event.stopImmediatePropagation();
    event.preventDefault();
    forget();
    one(".box-reply [data-text]")?.focus();
  }, true);
  document.addEventListener("paste", (event) => {
    if (!event.target.closest?.(".box-reply")) return;
    const file = [...(event.clipboardData?.files ?? [])][0];
    if (!file) return;
    event.preventDefault();
    take(file);
  });
  const dragged = (event) => event.target.closest?.(".desk-thread") && [...(event.dataTransfer?.types ?? [])].includes("Files");
  for (const name of ["dragenter", "dragover"]) {
    document.addEventListener(name, (event) => { if (dragged(event)) { event.preventDefault(); one(".box")?.classList.add("photo-over"); } });
  }
  document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) one(".box")?.classList.remove("photo-over"); });
  document.addEventListener("drop", (event) => {
    one(".box")?.classList.remove("photo-over");
    if (!dragged(event)) return;
    event.preventDefault();
    if (event.dataTransfer.files.length) take(event.dataTransfer.files[0]);
  });
  desk.on("opened", forget); /* a photo chosen for one patient stays with nobody else */
})();
