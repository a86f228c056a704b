/* How long a call has lasted: three to five minutes are enough (A2-06). Without it the form says nothing of time. */
"use strict";
(() => {
  const clock = document.querySelector("[data-clock]");
  if (!clock) return;
  const begun = performance.now();
  const tell = () => {
    const seconds = Math.floor((performance.now() - begun) / 1000);
    const minutes = Math.floor(seconds / 60);
    clock.textContent = `${minutes}:${String(seconds % 60).padStart(2, "0")}`;
    clock.classList.toggle("over", minutes >= Number(clock.dataset.until));
  };
  tell();
  window.setInterval(tell, 1000);
})();
