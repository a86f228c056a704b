// The phone's stand-in for WeChat's JS-SDK 1.6: wx.config with its signature check, and <wx-open-subscribe>.
(() => {
  const platform = new URL(document.currentScript.src).origin;
  const waiting = { ready: [], error: [] };
  let outcome = null; // the answer to wx.config
  let notices = {}; // template id → title, once the page may ask

  const ask = async (path, body) => {
    const answer = await fetch(platform + path, { method: "POST", credentials: "include", body: JSON.stringify(body) });
    return answer.json();
  };

  const settle = () => {
    const ok = outcome.errMsg === "config:ok";
    if (ok) document.querySelectorAll("wx-open-subscribe").forEach((tag) => tag.render());
    for (const call of ok ? waiting.ready.splice(0) : waiting.error.splice(0)) call(outcome);
  };

  window.wx = {
    async config({ debug, ...said }) {
      try {
        outcome = await ask("/sim/jssdk/config", { ...said, url: location.href.split("#")[0] });
      } catch {
        outcome = { errMsg: "config:fail" };
      }
      notices = outcome.notices ?? {};
      settle();
    },
    ready(call) { outcome ? settle(waiting.ready.push(call)) : waiting.ready.push(call); },
    error(call) { outcome ? settle(waiting.error.push(call)) : waiting.error.push(call); },
  };

  customElements.define("wx-open-subscribe", class extends HTMLElement {
    render() {
      if (this.shadowRoot) return;
      const slots = [...this.querySelectorAll('script[type="text/wxtag-template"]')];
      const root = this.attachShadow({ mode: "open" });
      const sheet = new CSSStyleSheet(); // as in the shadow tree of the real one: the page's policy has no say in it
      sheet.replaceSync(slots.filter((slot) => slot.slot === "style").map((slot) => slot.textContent.replace(/<\/?style>/g, "")).join(""));
      root.adoptedStyleSheets = [sheet];
      const shown = document.createElement("div");
      shown.innerHTML = slots.filter((slot) => slot.slot !== "style").map((slot) => slot.textContent).join("");
      shown.addEventListener("click", () => this.popup());
      root.append(shown);
    }

    popup() {
      const ids = (this.getAttribute("template") ?? "").split(",").filter(Boolean);
      if (!ids.length || ids.some((id) => !(id in notices))) return this.tell("error", { errCode: ids.length ? 20001 : 10001 });
      if (ids.length > 3) return this.tell("error", { errCode: 20003 });
      const dialog = document.createElement("dialog");
      dialog.setAttribute("aria-label", "订阅通知");
      const button = (words, act) => {
        const one = document.createElement("button");
        one.type = "button";
        one.className = "button";
        one.textContent = words;
        one.addEventListener("click", () => { dialog.remove(); act(); });
        return one;
      };
      const list = document.createElement("p");
      list.textContent = `发送一次以下消息：${ids.map((id) => notices[id]).join("、")}`;
      dialog.append(list, button("允许", () => this.answer(ids, true)), button("拒绝", () => this.answer(ids, false)));
      document.body.append(dialog);
      dialog.showModal();
    }

    async answer(ids, accept) {
      const said = await ask("/sim/jssdk/subscribe", { template_ids: ids, accept });
      if (said.errMsg !== "subscribe:ok") return this.tell("error", said);
      const status = JSON.stringify({ status: accept ? "accept" : "reject" });
      this.tell("success", { errMsg: said.errMsg, subscribeDetails: JSON.stringify(Object.fromEntries(ids.map((id) => [id, status]))) });
    }

    tell(name, detail) { this.dispatchEvent(new CustomEvent(name, { detail })); }
  });
})();
