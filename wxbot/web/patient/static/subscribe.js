// Shows WeChat's own button for subscriptions once the JS-SDK agrees; where it does not, the sentence beside it stands.
const box = document.querySelector("[data-subscribe]");
const sdk = window.wx;
if (box && sdk) {
  const told = document.querySelector("[data-subscribe-told]");
  const hide = () => { box.hidden = true; };
  sdk.ready(() => { box.hidden = false; });
  sdk.error(hide);
  document.addEventListener("WeixinOpenTagsError", hide); // an older WeChat knows the SDK but not the component
  const tag = box.querySelector("wx-open-subscribe");
  tag.addEventListener("error", hide);
  tag.addEventListener("success", (event) => {
    let answers = {};
    try {
      answers = JSON.parse(event.detail.subscribeDetails ?? "{}");
    } catch { /* only what the platform tells the service counts */ }
    const yes = Object.values(answers).some((one) => String(one).includes('"accept"'));
    told.textContent = yes ? "好的，会按时提醒您。" : "好的，不订阅也不影响就诊。";
    told.hidden = false;
    hide();
  });
  sdk.config(JSON.parse(box.dataset.config));
}
