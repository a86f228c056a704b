/* The console's behaviour: confirmation, shortcuts, CSRF for htmx, notices. Everything works without it too. */
"use strict";
(() => {
  const one = (selector, root = document) => root.querySelector(selector);
  const typing = (target) => target.closest?.("input, textarea, select, [contenteditable]") !== null;

  /* -- every htmx request carries the token ------------------------------------------------------------------ */
  document.addEventListener("htmx:configRequest", (event) => {
    event.detail.headers["X-CSRF-Token"] = one('meta[name="csrf"]')?.content ?? "";
  });

  /* -- ask before what cannot be taken back ------------------------------------------------------------------ */
  const ask = (words) => new Promise((answer) => {
    const dialog = one("#confirm");
    one("[data-words]", dialog).textContent = words;
    dialog.returnValue = "no";
    dialog.addEventListener("close", () => answer(dialog.returnValue === "yes"), { once: true });
    dialog.showModal();
  });
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || form.method === "dialog") return;
    const words = event.submitter?.dataset.confirm ?? form.dataset.confirm;
    if (words && !form.dataset.confirmed) {
      event.preventDefault();
      event.stopImmediatePropagation();
      if (await ask(words)) {
        form.dataset.confirmed = "yes";
        form.requestSubmit(event.submitter ?? undefined);
      }
      return;
    }
    delete form.dataset.confirmed;
    if (form.dataset.sent && !form.hasAttribute("hx-post")) { event.preventDefault(); return; } /* tapped twice */
    if (form.method === "post" && !form.hasAttribute("hx-post") && !("stays" in form.dataset)) { /* a download stays here */
      form.dataset.sent = "yes";
      form.dataset.clean = "yes";
    }
  }, true);
  document.addEventListener("htmx:confirm", (event) => {
    const words = event.detail.elt.dataset.confirm;
    if (!words || event.detail.elt instanceof HTMLFormElement) return;
    event.preventDefault();
    ask(words).then((yes) => { if (yes) event.detail.issueRequest(true); });
  });
  window.addEventListener("pageshow", () => {
    document.querySelectorAll("form[data-sent]").forEach((form) => { delete form.dataset.sent; });
  });

  /* -- a password may be looked at while it is typed; it is hidden again when it is sent ------------------------ */
  const reveal = (button, shown) => {
    const field = document.getElementById(button.dataset.reveal);
    field.type = shown ? "text" : "password";
    button.setAttribute("aria-pressed", String(shown));
    const words = (said) => said.replace(/^(显示|隐藏)/, shown ? "隐藏" : "显示");
    button.textContent = words(button.textContent);
    button.setAttribute("aria-label", words(button.getAttribute("aria-label")));
  };
  document.querySelectorAll("[data-reveal]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => reveal(button, button.getAttribute("aria-pressed") !== "true"));
    button.form.addEventListener("submit", () => reveal(button, false));
  });

  /* -- nothing typed is lost by a slip ----------------------------------------------------------------------- */
  const changed = (form) => [...form.elements].some((field) => {
    if (!field.name || field.type === "hidden" || field.tagName === "BUTTON") return false;
    if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
    if (field.tagName === "SELECT") return field.selectedIndex !== Math.max([...field.options].findIndex((option) => option.defaultSelected), 0);
    return field.value !== field.defaultValue;
  });
  window.addEventListener("beforeunload", (event) => {
    const open = [...document.querySelectorAll("form[data-guard]")].some((form) => !form.dataset.clean && changed(form));
    if (open) event.preventDefault();
  });

  /* -- what htmx could not do is said, not swallowed --------------------------------------------------------- */
  const notify = (node) => {
    one("#notices").replaceChildren(node);
    window.setTimeout(() => node.remove(), 12000);
  };
  const plain = (words) => {
    const box = document.createElement("div");
    box.className = "alert alert-danger";
    box.textContent = words;
    return box;
  };
  document.addEventListener("htmx:responseError", (event) => {
    const answer = new DOMParser().parseFromString(event.detail.xhr.responseText, "text/html");
    const node = one("[data-notice]", answer);
    notify(node ? document.adoptNode(node) : plain("操作没有完成，请刷新页面后再试。"));
  });
  document.addEventListener("htmx:sendError", () => notify(plain("网络断开了，刚才的操作没有发出。")));
  document.addEventListener("htmx:timeout", () => notify(plain("服务器没有及时回应，请稍后再试。")));

  /* -- the search box in the head: arrows go through what it found, Escape and a click elsewhere put it away ------ */
  const found = () => one("#find-list");
  const emptied = (event) => {
    if (found() && !event.target.closest?.(".find")) found().replaceChildren();
  };
  document.addEventListener("click", emptied);
  document.addEventListener("focusin", emptied);
  document.addEventListener("keydown", (event) => {
    const box = event.target.closest?.(".find");
    if (!box || !found()) return;
    if (event.key === "Escape") {
      found().replaceChildren();
      one("[data-find]").focus();
    }
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    const places = [one("[data-find]"), ...found().querySelectorAll("a")];
    const next = places[places.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1)];
    if (next) { event.preventDefault(); next.focus(); }
  });

  /* -- keyboard ---------------------------------------------------------------------------------------------- */
  let went = false;
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key === "Enter") {
      event.target.closest?.("form")?.requestSubmit();
      return;
    }
    if (event.key === "Escape" && event.target.matches?.("input[type=search]") && !event.target.value) event.target.blur();
    if (event.key === "Escape") document.querySelectorAll("details.me[open], details.menu[open]").forEach((open) => { open.open = false; });
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || one("dialog[open]")) return;
    if (went) {
      went = false;
      one(`.side a[data-key="${CSS.escape(event.key)}"]`)?.click();
      return;
    }
    if (event.key === "/") { event.preventDefault(); (one("[data-search]") ?? one("[data-find]"))?.focus(); }
    if (event.key === "?") one("#shortcuts").showModal();
    if (event.key === "g") { went = true; window.setTimeout(() => { went = false; }, 1200); }
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-shortcuts]")) one("#shortcuts").showModal();
    const back = event.target.closest("[data-back]");
    if (back && history.length > 1) { event.preventDefault(); history.back(); }
    document.querySelectorAll("details.me[open], details.menu[open]").forEach((open) => {
      if (!open.contains(event.target)) open.open = false;
    });
    const copy = event.target.closest("[data-copy]");
    if (copy) navigator.clipboard?.writeText(copy.dataset.copy).then(() => { copy.textContent = "已复制"; });
    if (event.target.closest("[data-print]")) window.print();
  });

  /* -- after loading: the first complaint is in sight; selects that go somewhere ------------------------------ */
  document.addEventListener("DOMContentLoaded", () => one("[data-focus]")?.focus());
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-submit]")) event.target.form?.requestSubmit();
  });
})();
