/* 日程: a card is dragged to another hour or practitioner, by mouse, or by a finger that rested on it for a moment.
   Dropping asks; only the answer moves. The keyboard's way is 改时间. */
"use strict";
(() => {
  const board = window.wxBoard;
  if (!board?.grid) return;
  const { grid, state, dialog } = board;
  const FAR = 6; /* pixels that make a press a drag */
  const REST = 300; /* milliseconds after which a finger lifts a card */
  const EDGE = 40; /* pixels at the rim of the board where it scrolls by itself */
  const STEP = 15; /* minutes */
  let held = null;

  const lift = () => {
    held.lifted = true;
    state.lifting = true;
    held.card.classList.add("lifted");
    document.body.classList.add("board-lifting");
    held.scroll = grid.scrollTop;
    if (held.touch) navigator.vibrate?.(15);
    turn();
  };
  const turn = () => { /* scrolls while the pointer is at the rim */
    if (!held?.lifted) return;
    const rim = grid.getBoundingClientRect();
    if (held.y < rim.top + EDGE + 40) grid.scrollTop -= 8;
    else if (held.y > rim.bottom - EDGE) grid.scrollTop += 8;
    place();
    window.requestAnimationFrame(turn);
  };
  const place = () => {
    held.card.style.transform = `translate(${held.x - held.x0}px, ${held.y - held.y0 + grid.scrollTop - held.scroll}px)`;
    const to = aim();
    document.querySelectorAll(".board-cell.aim").forEach((each) => each.classList.remove("aim"));
    if (to) document.getElementById(`cell-${to.lane.dataset.who}-${to.lane.dataset.day}-${to.minute}`)?.classList.add("aim");
  };
  const aim = () => { /* the lane and the quarter of an hour under the upper edge of the card */
    const lanes = [...grid.querySelectorAll("[data-lane]")].filter((each) => each.offsetParent !== null);
    const lane = lanes.find((each) => { const box = each.getBoundingClientRect(); return held.x >= box.left && held.x < box.right; });
    if (!lane) return null;
    const root = grid.querySelector("[data-board]");
    const first = Number(root.dataset.first), last = Number(root.dataset.last);
    const box = lane.getBoundingClientRect();
    const top = held.y - held.grip - box.top;
    const minute = first + Math.round(((top / box.height) * (last - first)) / STEP) * STEP;
    return minute < first || minute >= last ? null : { lane, minute };
  };
  const down = (card) => { /* the card lies where it was */
    card.style.transform = "";
    card.classList.remove("lifted", "moved");
    document.body.classList.remove("board-lifting");
    document.querySelectorAll(".board-cell.aim").forEach((each) => each.classList.remove("aim"));
  };
  const drop = async () => {
    const { card } = held;
    const to = aim();
    held = null;
    state.lifting = false;
    state.dragged = true; /* the click that follows the release opens nothing */
    window.setTimeout(() => { state.dragged = false; }, 50);
    const home = card.closest("[data-lane]");
    if (!to || (to.lane === home && to.minute === Number(card.dataset.at))) { down(card); board.settle(); return; }
    card.classList.remove("lifted");
    card.classList.add("moved");
    document.body.classList.remove("board-lifting");
    state.put = true;
    const two = (number) => String(number).padStart(2, "0");
    const query = new URLSearchParams({
      day: to.lane.dataset.day,
      at: `${two(Math.floor(to.minute / 60))}:${two(to.minute % 60)}`,
      who: to.lane.dataset.who,
      version: card.dataset.version,
    });
    await board.load(`${card.href}/move?${query}`);
    if (!dialog.open) { down(card); board.settle(); } /* refused: the notice says why */
  };
  board.hooks.closed.push(() => {
    if (!state.put) return;
    grid.querySelectorAll(".board-card.moved").forEach(down);
    board.settle();
  });

  grid.addEventListener("pointerdown", (event) => {
    const card = event.target.closest?.(".board-card[data-movable]");
    if (!card || event.button || held || state.put) return;
    const box = card.getBoundingClientRect();
    held = { card, id: event.pointerId, touch: event.pointerType !== "mouse", lifted: false, x0: event.clientX, y0: event.clientY, x: event.clientX, y: event.clientY, grip: event.clientY - box.top, scroll: grid.scrollTop };
    if (held.touch) { const mine = held; window.setTimeout(() => { if (held === mine && !held.lifted) lift(); }, REST); }
  });
  window.addEventListener("pointermove", (event) => {
    if (!held || event.pointerId !== held.id) return;
    const moved = Math.hypot(event.clientX - held.x0, event.clientY - held.y0);
    held.x = event.clientX;
    held.y = event.clientY;
    if (held.lifted) place();
    else if (moved > FAR && held.touch) held = null; /* it scrolls or swipes */
    else if (moved > FAR) lift();
  });
  window.addEventListener("pointerup", (event) => {
    if (!held || event.pointerId !== held.id) return;
    if (held.lifted) drop();
    else held = null;
  });
  window.addEventListener("pointercancel", (event) => {
    if (!held || event.pointerId !== held.id) return;
    down(held.card);
    held = null;
    board.settle();
  });
  window.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !held?.lifted) return;
    down(held.card);
    held = null;
    board.settle();
  });
  /* a lifted card is not scrolled; the listener must not be passive to say so */
  grid.addEventListener("touchmove", (event) => { if (held?.lifted) event.preventDefault(); }, { passive: false });
  grid.addEventListener("dragstart", (event) => event.preventDefault());
  grid.addEventListener("contextmenu", (event) => { if (held?.touch) event.preventDefault(); });
})();
