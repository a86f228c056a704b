// Counts down how long an hour is kept. Without it the clock time stands there; the server decides in any case.
const kept = document.querySelector("[data-left]");
if (kept) {
  const began = Date.now();
  const seconds = Number(kept.dataset.left);
  const left = kept.querySelector("[data-left-words]");
  const show = () => {
    const rest = Math.max(0, Math.ceil(seconds - (Date.now() - began) / 1000));
    left.textContent = `（还剩 ${Math.floor(rest / 60)}:${String(rest % 60).padStart(2, "0")}）`;
    if (rest === 0) {
      clearInterval(ticking);
      location.replace(kept.dataset.again); // which says that it has ended, and shows the next hours
    }
  };
  const ticking = setInterval(show, 250);
  show();
}
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload(); // brought back by 返回: what stands there may be over
});
